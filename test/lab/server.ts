import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { spawnIn } from './run.ts'

export interface ServeOptions {
  /** 0 picks a free one. */
  port: number
  protocol: 'tcp' | 'udp'
  /** Default 0.0.0.0. */
  address?: string
  /** Sent to every connection at once, or to every datagram. Without it: an echo. `''`: a server that is silent. */
  reply?: string
}

export interface Server {
  readonly port: number
  /** In the lab's pid namespace. */
  readonly pid: number
  /** How many connections were accepted (tcp) or datagrams read (udp), with all that had arrived when asked. */
  accepted(): Promise<number>
  close(): Promise<void>
}

// One line on stdin asks for the count; the end of stdin ends the server. Asked, it first takes what is queued: a
// connection that its client saw complete is counted.
const SERVER = `import os, selectors, socket, sys
proto, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
reply = sys.argv[4].encode() if len(sys.argv) > 4 else None
tcp = proto == 'tcp'
family = socket.AF_INET6 if ':' in address else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
if tcp:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((address, port))
if tcp:
    s.listen(1024)
s.setblocking(False)
loop = selectors.DefaultSelector()
count = 0

def send(f, *to):
    try:
        f(*to)
    except OSError:
        pass

def take():
    global count
    while True:
        try:
            if tcp:
                peer = s.accept()[0]
            else:
                data, sender = s.recvfrom(65536)
        except BlockingIOError:
            return
        except OSError:
            continue
        count += 1
        answer = reply if tcp or reply is not None else data
        if tcp:
            peer.setblocking(False)
            loop.register(peer, selectors.EVENT_READ)
            if answer:
                send(peer.send, answer)
        elif answer:
            send(s.sendto, answer, sender)

loop.register(s, selectors.EVENT_READ)
loop.register(0, selectors.EVENT_READ)
print(os.getpid(), s.getsockname()[1], flush=True)
while True:
    for key, _ in loop.select():
        if key.fileobj == s:
            take()
        elif key.fileobj == 0:
            if not os.read(0, 4096):
                sys.exit(0)
            take()
            print(count, flush=True)
        else:
            peer = key.fileobj
            try:
                data = peer.recv(65536)
            except OSError:
                data = b''
            if data:
                if reply is None:
                    send(peer.send, data)
            else:
                loop.unregister(peer)
                peer.close()
`

export async function startServer(
  spawn: (argv: string[]) => ReturnType<typeof spawnIn>,
  { port, protocol, address = '0.0.0.0', reply }: ServeOptions,
): Promise<Server> {
  const child = spawn([
    ...['python3', '-c', SERVER, protocol, address, String(port)],
    ...(reply === undefined ? [] : [reply]),
  ])
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => {}) // the lab was closed around it
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the server on ${protocol} ${address}:${port} ended: ${stderr.trim()}`)
    return value as string
  }
  const [pid = 0, bound = 0] = (await next()).split(' ').map(Number)

  let queue: Promise<unknown> = Promise.resolve()
  return {
    pid,
    port: bound,
    accepted: () => {
      const count = queue.then(() => {
        child.stdin.write('count\n')
        return next().then(Number)
      })
      queue = count.catch(() => {})
      return count
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
