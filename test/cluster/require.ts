import { accessSync } from 'node:fs'
import { labMode } from '../lab/mode.ts'
import { labAvailable, type Need } from '../lab/needs.ts'
import { describeUnless } from '../lab/require.ts'

/** What a cluster is made of, and the Debian packages that have it. */
const FILES: Record<string, string> = {
  '/usr/sbin/mariadbd': 'mariadb-server',
  '/usr/bin/mariadb-install-db': 'mariadb-server',
  '/usr/lib/galera/libgalera_smm.so': 'galera-4',
  '/usr/bin/garb-systemd': 'galera-arbitrator-4',
  '/usr/bin/mariadb-backup': 'mariadb-backup',
  '/usr/bin/socat': 'socat',
  '/usr/bin/rsync': 'rsync',
  '/usr/bin/lsof': 'lsof', // the rsync script's check that its port is free
  '/usr/bin/openssl': 'openssl',
}

function missingHere(needs: readonly Need[]): string[] {
  const missing = labAvailable(needs)
  const packages = Object.entries(FILES).filter(([path]) => !exists(path))
  if (packages.length > 0) {
    const names = [...new Set(packages.map(([, name]) => name))].join(' ')
    missing.push(`no Galera cluster can be made: apt-get install --no-install-recommends ${names}`)
  }
  // An SST script asks after users, and the unprivileged agent is another user: a user namespace has only one.
  if (missing.length === 0 && labMode().mode !== 'root') missing.push('a Galera cluster needs root')
  return missing
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

/** `describeLab` for tests that start a real cluster. */
export function describeCluster(name: string, needs: readonly Need[], fn: () => void): void {
  describeUnless(missingHere(['python3', 'iptables', ...needs]), name, fn)
}
