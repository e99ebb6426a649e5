import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import type { Lab } from './handle.ts'

/** A stand-in for the parts of a PMM server that no package has; what /prometheus/ answers is a real Prometheus on 9090, if one runs. */
export interface PmmServerOptions {
  /** Whose APIs are there. */
  readonly versions: readonly ('1' | '2' | '3')[]
  readonly port?: number
  /** A certificate of `makeCertificates`; without one, plain HTTP. */
  readonly tls?: string
  /** `user:password`, wanted for all but the ready URLs. */
  readonly account?: string
  /** X-Server-Time is ahead of the clock by so much. */
  readonly aheadSeconds?: number
  /** Sent instead of any answer; `''`: nothing, and the connection is closed. */
  readonly raw?: string
  /** Every answer is an error of this kind. */
  readonly status?: number
}

const STAND_IN = `import base64, http.server, json, ssl, sys, time, urllib.error, urllib.request
options = json.loads(sys.argv[1])
account = options.get('account')

class Handler(http.server.BaseHTTPRequestHandler):
    def handle(self):
        if 'raw' in options:
            self.rfile.readline()
            self.wfile.write(options['raw'].encode('latin-1'))
            return
        super().handle()
    def log_message(self, *args):
        pass
    def answer(self, status, body=b'', **headers):
        self.send_response(status)
        if '1' in options['versions'] or 'aheadSeconds' in options:
            now = time.gmtime(time.time() + options.get('aheadSeconds', 0))
            self.send_header('X-Server-Time', time.strftime('%A, %d-%b-%Y %H:%M:%S GMT', now))
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        path = self.path.split('?')[0]
        if 'status' in options:
            return self.answer(options['status'])
        if path == '/v1/readyz' and '2' in options['versions'] or path == '/v1/server/readyz' and '3' in options['versions']:
            return self.answer(200, b'{}', Content_Type='application/json')
        if account is not None and self.headers.get('Authorization') != 'Basic ' + base64.b64encode(account.encode()).decode():
            return self.answer(401, b'', WWW_Authenticate='Basic realm="PMM"')
        if path == '/v1/status/leader' and '1' in options['versions']:
            return self.answer(200, b'"127.0.0.1:8300"', Content_Type='application/json')
        if path == '/qan-api/ping' and '1' in options['versions']:
            return self.answer(200, b'', X_Percona_Qan_Api_Version='1.17.4')
        if path.startswith('/prometheus/'):
            try:
                with urllib.request.urlopen('http://127.0.0.1:9090' + self.path, timeout=5) as upstream:
                    return self.answer(200, upstream.read(), Content_Type='application/json')
            except urllib.error.URLError:
                if path.endswith('/query'):
                    return self.answer(200, b'{"status":"success","data":{"resultType":"vector","result":[]}}')
        self.answer(404)

server = http.server.ThreadingHTTPServer(('0.0.0.0', options.get('port', 443)), Handler)
server.daemon_threads = True
if 'tls' in options:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain('/run/tls/%s.pem' % options['tls'])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print('ready', flush=True)
server.serve_forever()
`

export interface Running {
  stop(): Promise<void>
}

function running(child: ChildProcessWithoutNullStreams): Running {
  child.stdout.resume()
  child.stderr.resume()
  return {
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}

export async function startPmmServer(lab: Lab, host: string, options: PmmServerOptions): Promise<Running> {
  const child = lab.spawn(host, ['python3', '-c', STAND_IN, JSON.stringify(options)])
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'close').then(() => Promise.reject(new Error(`the stand-in did not start: ${said}`))),
  ])
  return running(child)
}

/** What exporters want, as prometheus' exporter toolkit has it; the hash is bcrypt's of EXPORTER_PASSWORD. */
const EXPORTER_PASSWORD = 'exporter-secret'
const WEB_CONFIG = `basic_auth_users:
  pmm: $2b$04$Rpz7ef1Kw/HFtI1onA0QheMrl22J9GdoyjFFbSoSKBmHL/hJV6CCu
`
const WEB_TLS = `tls_server_config:
  cert_file: /run/tls/good.crt
  key_file: /run/tls/good.key
`

export interface ExporterOptions {
  readonly tls?: boolean
  readonly password?: boolean
}

/** The exporters of Debian on the ports of PMM: node_exporter on 42000, mysqld_exporter (without a server) on 42002. */
export async function startExporters(
  lab: Lab,
  host: string,
  options: ExporterOptions = {},
): Promise<Running> {
  const { address } = lab.host(host)
  const config = `${options.tls ? WEB_TLS : ''}${options.password ? WEB_CONFIG : ''}`
  const file = `/run/web-${host}.yml`
  await lab.exec(host, `cat >${file}`, { input: config })
  const web = (port: number) => [
    `--web.listen-address=${address}:${port}`,
    ...(config === '' ? [] : [`--web.config.file=${file}`]),
  ]
  const linux = lab.spawn(host, [
    'prometheus-node-exporter',
    ...web(42_000),
    '--collector.disable-defaults',
    '--collector.time',
  ])
  const mysql = lab.spawn(host, ['prometheus-mysqld-exporter', ...web(42_002)], {
    env: { DATA_SOURCE_NAME: 'nobody:nothing@(127.0.0.1:1)/' },
  })
  const both = [linux, mysql].map(running)
  await untilListening(lab, host, [42_000, 42_002])
  return {
    stop: async () => {
      await Promise.all(both.map((each) => each.stop()))
    },
  }
}

/** A real Prometheus of Debian that fetches every second from these hosts, as PMM 1 has it: jobs linux and mysql. */
export async function startPrometheus(
  lab: Lab,
  host: string,
  nodes: readonly string[],
  options: ExporterOptions & { readonly wrongPassword?: boolean } = {},
): Promise<Running> {
  const scheme = options.tls ? '    scheme: https\n    tls_config: {insecure_skip_verify: true}\n' : ''
  const password = options.wrongPassword ? 'wrong' : EXPORTER_PASSWORD
  const auth = options.password ? `    basic_auth: {username: pmm, password: ${password}}\n` : ''
  const job = (name: string, port: number) =>
    `  - job_name: ${name}\n${scheme}${auth}    static_configs:\n${nodes
      .map(
        (node) => `      - {targets: ['${lab.host(node).address}:${port}'], labels: {instance: ${node}}}\n`,
      )
      .join('')}`
  const config = `global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n${job('linux', 42_000)}${job('mysql', 42_002)}`
  await lab.exec(host, 'rm -rf /run/prometheus; mkdir /run/prometheus; cat >/run/prometheus.yml', {
    input: config,
  })
  const child = lab.spawn(host, [
    'prometheus',
    '--config.file=/run/prometheus.yml',
    '--storage.tsdb.path=/run/prometheus',
    '--web.listen-address=127.0.0.1:9090',
    '--web.route-prefix=/prometheus',
  ])
  const server = running(child)
  await untilListening(lab, host, [9090])
  return server
}

/** Once the server has tried each target: health up or down, none unknown. */
export async function untilScraped(lab: Lab, host: string, health: 'up' | 'down'): Promise<void> {
  const url = 'http://127.0.0.1:9090/prometheus/api/v1/targets'
  const script = `import json, urllib.request
print(*[t['health'] for t in json.load(urllib.request.urlopen('${url}'))['data']['activeTargets']])`
  for (;;) {
    const { stdout } = await lab.exec(host, ['python3', '-c', script])
    const states = stdout.trim().split(' ')
    if (states[0] !== '' && states.every((state) => state === health)) return
  }
}

async function untilListening(lab: Lab, host: string, ports: readonly number[]): Promise<void> {
  for (;;) {
    const open = (await lab.listeners(host)).map(({ port }) => port)
    if (ports.every((port) => open.includes(port))) return
  }
}
