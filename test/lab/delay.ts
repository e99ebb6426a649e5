import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { spawnIn } from './run.ts'
import { plugOf } from './topology.ts'

/** A host's cable, made longer. */
export interface Delay {
  /** In the lab's pid namespace. */
  readonly pid: number
  /** Milliseconds that every frame from now on takes longer, each way; with a lower number frames may overtake others. */
  set(ms: number): Promise<void>
}

/** The bridge's new port; 15 characters at most, as all interface names. */
const tapOf = (host: string) => `d-${host}`

// Kernels that tests run on often lack netem. This process stands between the host's cable and the bridge and holds every
// frame back: what comes off the cable goes to the bridge by a tap, and back. The header of virtio, which both kinds of
// socket speak, carries the checksums and large segments that the kernels leave to their hardware.
// <linux/if_tun.h>, <linux/if_packet.h>; 40 bytes are a struct ifreq.
const FORWARDER = `import fcntl, heapq, os, select, socket, struct, sys, time
cable_name, tap_name = sys.argv[1:]
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 2, 0x1000, 0x4000
SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING, ETH_P_ALL = 263, 15, 4, 3
tap = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tap, TUNSETIFF, struct.pack('16sH22x', tap_name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
cable.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
cable.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
cable.bind((cable_name, 0))
cable.setblocking(False)
seconds, held, order, text = 0.0, [], 0, b''

def from_cable():
    frame, address = cable.recvfrom(70000)
    return None if address[2] == PACKET_OUTGOING else frame

ways = {
    tap: (lambda: os.read(tap, 70000), cable.send),
    cable.fileno(): (from_cable, lambda frame: os.write(tap, frame)),
}
poll = select.poll()
for fd in [0, *ways]:
    poll.register(fd, select.POLLIN)
print(os.getpid(), flush=True)
while True:
    wait = max(0.0, held[0][0] - time.monotonic()) * 1000 if held else None
    for fd, _ in poll.poll(wait):
        if fd == 0:
            data = os.read(0, 4096)
            if not data:
                sys.exit(0)
            text += data
            while b'\\n' in text:
                line, text = text.split(b'\\n', 1)
                seconds = float(line) / 1000
                print('set', flush=True)
            continue
        take, give = ways[fd]
        for _ in range(256):
            try:
                frame = take()
            except OSError:
                break  # all read; or the plug is pulled
            if frame is not None:
                order += 1
                heapq.heappush(held, (time.monotonic() + seconds, order, give, frame))
    while held and held[0][0] <= time.monotonic():
        _, _, give, frame = heapq.heappop(held)
        try:
            give(frame)
        except OSError:
            pass  # lost: no room, or the plug is pulled
`

/** Puts the delay into the host's cable, at first with none. `spawn` and `shell` run in the holder, where the bridges are. */
export async function startDelay(
  host: string,
  spawn: (argv: string[]) => ReturnType<typeof spawnIn>,
  shell: (script: string) => Promise<unknown>,
): Promise<Delay> {
  const [cable, tap] = [plugOf(host), tapOf(host)]
  const child = spawn(['python3', '-c', FORWARDER, cable, tap])
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => {}) // the lab was closed around it
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (!done) return value as string
    if (child.exitCode === null) await once(child, 'close')
    throw new Error(`the delay of ${host} ended: ${stderr.trim()}`)
  }
  const pid = Number(await next())
  await shell(`set -e
bridge=$(ip -o link show ${cable} | sed -n 's/.* master \\([^ ]*\\) .*/\\1/p')
ip link set ${cable} nomaster
ip link set ${tap} master "$bridge" up`)
  return {
    pid,
    set: async (ms) => {
      child.stdin.write(`${ms}\n`)
      await next()
    },
  }
}
