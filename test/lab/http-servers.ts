import { once } from 'node:events'
import type { Lab } from './handle.ts'

/**
 * Servers of every temper on one host: what each sends is in `answers`, by port. `tls` names a certificate of
 * `makeCertificates`; `wait` keeps the connection open afterwards, `reset` ends it with a RST, `forever` repeats the text.
 */
export interface Answer {
  readonly text: string
  readonly tls?: string
  readonly after?: 'close' | 'wait' | 'reset' | 'forever'
  /** Wants a certificate of its client. */
  readonly demanding?: boolean
  /** Only to who sends this Authorization header; others get 401. */
  readonly authorization?: string
}

const SERVERS = `import json, socket, ssl, struct, sys, threading
answers = json.loads(sys.argv[1])
seen = {}

def serve(port, answer):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('0.0.0.0', int(port)))
    listener.listen(64)
    while True:
        peer = listener.accept()[0]
        threading.Thread(target=talk, args=(port, answer, peer), daemon=True).start()

def talk(port, answer, peer):
    try:
        if 'tls' in answer:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain('/run/tls/%s.pem' % answer['tls'])
            if answer.get('demanding'):
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations('/run/tls/ca.pem')
            peer = context.wrap_socket(peer, server_side=True)
        after = answer.get('after', 'close')
        request = b''
        if after != 'reset':
            while b'\\r\\n\\r\\n' not in request:
                part = peer.recv(4096)
                if not part:
                    return
                request += part
                if request[:1] == b'\\x16':
                    break
        seen.setdefault(port, []).append(request.decode('latin-1'))
        text = answer['text']
        wanted = answer.get('authorization')
        if wanted is not None and ('authorization: ' + wanted) not in request.decode('latin-1').replace('Authorization', 'authorization'):
            text = 'HTTP/1.1 401 Unauthorized\\r\\nWWW-Authenticate: Basic realm="x"\\r\\nContent-Length: 0\\r\\n\\r\\n'
        data = text.encode('latin-1')
        peer.sendall(data)
        while after == 'forever':
            peer.sendall(data)
        if after == 'reset':
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        if after == 'wait':
            threading.Event().wait()
        peer.close()
    except OSError:
        pass

for port, answer in answers.items():
    threading.Thread(target=serve, args=(port, answer), daemon=True).start()
for _ in sys.stdin:
    print(json.dumps(seen), flush=True)
`

/** What the servers were sent so far, by port. */
export type Asked = () => Promise<Readonly<Record<string, readonly string[]>>>

export async function startHttpServers(
  lab: Lab,
  host: string,
  answers: Readonly<Record<number, Answer>>,
): Promise<Asked> {
  const child = lab.spawn(host, ['python3', '-c', SERVERS, JSON.stringify(answers)])
  const asked: Asked = async () => {
    child.stdin.write('\n')
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return JSON.parse(line.toString('utf8'))
  }
  await asked()
  const wanted = Object.keys(answers).map(Number)
  for (;;) {
    const ports = (await lab.listeners(host)).map(({ port }) => port)
    if (wanted.every((port) => ports.includes(port))) return asked
  }
}

/** Trusted by who is told so: SSL_CERT_FILE. */
export const LAB_CA = '/run/tls/ca.pem'

/** Certificates for pmm.lab in /run/tls: `good`, `self-signed`, `expired`, `early`, `wrong-name`, `stranger` (of another CA). */
export async function makeCertificates(lab: Lab, addresses: readonly string[]): Promise<void> {
  const names = ['DNS:pmm.lab', ...addresses.map((address) => `IP:${address}`)].join(',')
  const key = 'openssl ecparam -genkey -name prime256v1 -noout -out'
  const authority = (name: string) =>
    `${key} ${name}.key; openssl req -x509 -new -key ${name}.key -subj "/CN=lab ${name}" -days 30 -out ${name}.pem`
  const issue = (name: string, ca: string, san: string, dates: string) =>
    `${key} ${name}.key; openssl req -new -key ${name}.key -subj /CN=pmm.lab -out ${name}.csr
printf 'subjectAltName=${san}\\n' >${name}.ext
mkdir ${name}.ca; : >${name}.ca/index; echo 01 >${name}.ca/serial
printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=${name}.ca/index\\nserial=${name}.ca/serial\\nnew_certs_dir=${name}.ca\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' >${name}.cnf
openssl ca -batch -notext -config ${name}.cnf -cert ${ca}.pem -keyfile ${ca}.key -in ${name}.csr -extfile ${name}.ext ${dates} -out ${name}.crt
cat ${name}.crt ${name}.key >${name}.pem`
  const script = [
    'set -e; mkdir -p /run/tls; cd /run/tls',
    authority('ca'),
    authority('other-ca'),
    issue('good', 'ca', names, '-days 30'),
    issue('expired', 'ca', names, '-startdate 20200101000000Z -enddate 20210102030405Z'),
    issue('early', 'ca', names, '-startdate 20900101000000Z -enddate 20910101000000Z'),
    issue('wrong-name', 'ca', 'DNS:other.lab', '-days 30'),
    issue('stranger', 'other-ca', names, '-days 30'),
    `${key} self-signed.key; openssl req -x509 -new -key self-signed.key -subj /CN=pmm.lab -addext subjectAltName=${names} -days 30 -out self-signed.crt`,
    'cat self-signed.crt self-signed.key >self-signed.pem',
  ].join('\n')
  const { code, stderr } = await lab.exec('holder', script)
  if (code !== 0) throw new Error(`no certificates: ${stderr}`)
}
