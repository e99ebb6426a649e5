import type { Lab } from '../lab/lab.ts'

/** What an ordinary port checker does: connects and closes again, `count` times. Resolves with the errno of each. */
export async function bareConnects(
  lab: Lab,
  from: string,
  address: string,
  port: number,
  count = 1,
): Promise<number[]> {
  const code = `import socket,sys
for _ in range(int(sys.argv[3])):
    s=socket.socket(); s.settimeout(20)
    print(s.connect_ex((sys.argv[1],int(sys.argv[2]))))
    s.close()`
  const { stdout, stderr } = await lab.exec(from, [
    'python3',
    '-c',
    code,
    address,
    String(port),
    String(count),
  ])
  if (stderr !== '') throw new Error(stderr)
  return stdout.trim().split('\n').map(Number)
}

/** The first packet that a MySQL server sends to a client: its greeting, or an error, as text. */
export async function greeting(lab: Lab, from: string, address: string): Promise<string> {
  const code = `import socket,sys
s=socket.create_connection((sys.argv[1],3306),20)
sys.stdout.write(s.recv(4096).decode('latin-1'))`
  return (await lab.exec(from, ['python3', '-c', code, address])).stdout
}

/** Opens connections at the same time and sends nothing on them, until the server has spoken on each. */
export async function silentConnects(
  lab: Lab,
  from: string,
  address: string,
  port: number,
  count: number,
): Promise<void> {
  const code = `import socket,sys
all=[socket.create_connection((sys.argv[1],int(sys.argv[2])),20) for _ in range(int(sys.argv[3]))]
for s in all: s.recv(64)`
  const { stderr } = await lab.exec(from, ['python3', '-c', code, address, String(port), String(count)])
  if (stderr !== '') throw new Error(stderr)
}
