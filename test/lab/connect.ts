import type { Lab } from './lab.ts'

export const REFUSED = '111'
export const HOST_UNREACHABLE = '113'

/** errno of a connect, as the kernel gave it; 0 is connected. */
export async function connect(lab: Lab, from: string, address: string, port: number): Promise<string> {
  const code = `import socket,sys
a,p=sys.argv[1],int(sys.argv[2])
s=socket.socket(socket.AF_INET6 if ':' in a else socket.AF_INET)
s.settimeout(20)
print(s.connect_ex((a,p)))`
  const { stdout, stderr } = await lab.exec(from, ['python3', '-c', code, address, String(port)])
  return stdout.trim() || stderr
}
