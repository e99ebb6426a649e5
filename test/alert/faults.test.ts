import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { toolBundle } from '../lab/bundle.ts'
import { LAB_PATH, labMode, unshareArgv } from '../lab/mode.ts'
import { describeLab } from '../lab/require.ts'

/**
 * Runs a shell script in namespaces that vanish with it, where `check` is the tool, twice UNKNOWN: nobody listens on these
 * addresses, and nobody tells why. Its words are printed after `== `, with the exit code.
 */
function play(script: string): string[] {
  const { mode } = labMode()
  const argv = [...unshareArgv(mode ?? 'root'), 'sh', '-c', `${PROLOGUE}\n${script}`]
  const [file = '', ...args] = argv
  const env = { PATH: LAB_PATH, NODE: process.execPath, TOOL: toolBundle(), HOME: '/run/home' }
  const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 60_000 })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.split(/^== /m).slice(1)
}

const PROLOGUE = `set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
ip link set lo up
mkdir /run/home /run/s
cd /run/s
check() {
  set +e
  out=$("$NODE" "$TOOL" --nodes a=127.0.0.2,b=127.0.0.3 --via none --only mysql "$@")
  echo "== $?"
  echo "$out"
  set -e
}
well() { check --ignore '*,*,*' "$@"; }`

const SUBJECT = /^UNKNOWN: \S+->a mysql 3306\/tcp cannot be told, \+1 more$/m

describeLab('trouble with the state', ['nft'], () => {
  const silent = '0\n\n'

  it('none: told once', () => {
    const [first, second, third] = play(
      'check --state=s.json; check --state=s.json; check --state=s.json --alert always',
    )
    expect(first).toMatch(/^3\nUNKNOWN: /)
    expect(second).toBe('3\n\n')
    expect(third).toMatch(/^3\nUNKNOWN: still after /)
  })

  it('none: in the directory of its own, for this user alone', () => {
    const [first, second, third, listing] = play(`XDG_STATE_HOME=/run/x check --state
XDG_STATE_HOME=/run/x check --state
XDG_STATE_HOME=/run/x check --state --only mysql,galera
echo "== $(ls /run/x/pxc-netcheck; stat -c %a /run/x/pxc-netcheck)"`)
    expect(first).toMatch(SUBJECT)
    expect(third).toMatch(/^3\nUNKNOWN: .*, \+3 more\n/)
    expect(second).toBe('3\n\n')
    expect(listing).toMatch(/^a_b-[0-9a-f]{12}\.json\na_b-[0-9a-f]{12}\.json\n700\n$/)
  })

  const full = 'mount -t tmpfs -o size=4k,mode=700 tmpfs /run/s; cd /run/s; head -c 4096 /dev/zero >filler'
  it('the disk is full: told of with the first change, and no exit code is different', () => {
    const [first, second, third] = play(`${full}
check --state=s.json; check --state=s.json
rm filler; check --state=s.json
ls; check --state=s.json`)
    for (const each of [first, second]) {
      expect(each).toMatch(/^3\nUNKNOWN: /)
      expect(each).toMatch(SUBJECT)
      expect(each).toMatch(/State cannot be written to s\.json \(ENOSPC: no space left on the device\)/)
    }
    expect(third).toMatch(SUBJECT)
    expect(third).not.toMatch(/State/)
    expect(third).toMatch(/\ns\.json\n$/)
  })

  it('the disk is full, and nothing is new: nothing is written, and nothing said', () => {
    const [, second, third, fourth] = play(`well --state=s.json
mount -t tmpfs -o size=4k tmpfs /run/s; cd /run/s
well --state=s.json; mv s.json /run/keep; head -c 4096 /dev/zero >filler
mount -t tmpfs -o size=8k tmpfs /run/s; cd /run/s; mv /run/keep s.json; head -c 8192 /dev/zero >filler 2>/dev/null || :
well --state=s.json; check --state=s.json`)
    expect([second, third]).toEqual([silent, silent])
    expect(fourth).toMatch(/ENOSPC/)
    expect(fourth).toMatch(SUBJECT)
  })

  it('the directory is read-only, or is not there: each run tells all, and why', () => {
    const texts = play(`mount -o bind /run/s /run/s; mount -o remount,bind,ro /run/s; cd /run/s
check --state=s.json; check --state=s.json; well --state=s.json
check --state=/run/none/s.json; check --state=/dev/null`)
    for (const each of texts.filter((_, index) => index !== 2)) expect(each).toMatch(SUBJECT)
    expect(
      texts.map((each) => /\(([A-Za-z -]+(: [a-z -]+)?)\)/.exec(each.slice(each.indexOf('State')))?.[1]),
    ).toEqual([
      'EROFS: read-only file system',
      'EROFS: read-only file system',
      'EROFS: read-only file system',
      'ENOENT: no such directory',
      'not a file',
    ])
    expect(texts[2]).toMatch(/^0\nState is not kept/)
  })

  it('it is damaged: kept aside, told once, and the run goes on as the first', () => {
    const [, second, third] = play(`check --state=s.json; echo '{"version":1,' >s.json
check --state=s.json; cat s.json.corrupt; check --state=s.json`)
    expect(second).toMatch(SUBJECT)
    expect(second).toMatch(/State in s\.json is damaged; it is moved to s\.json\.corrupt/)
    expect(second).toMatch(/\n\{"version":1,\n$/)
    expect(third).toBe('3\n\n')
  })

  it('it is of a newer version: left as it is, and alerted all the same', () => {
    const [first, second] = play(`echo '{"version":9,"x":1}' >s.json
check --state=s.json; well --state=s.json; cat s.json`)
    expect(first).toMatch(SUBJECT)
    expect(first).toMatch(/State in s\.json is of a newer pxc-netcheck and is left as it is/)
    expect(second).toMatch(/^0\nState in s\.json is of a newer(.|\n)*\n\{"version":9,"x":1\}\n$/)
  })

  it('a run is killed at any moment: the next one is as if it had not been', () => {
    const texts = play(`for ms in 05 10 15 20 25 30 35 40 45 50; do
  "$NODE" "$TOOL" --nodes a=127.0.0.2,b=127.0.0.3 --via none --only mysql --state=s.json >/dev/null & pid=$!
  sleep 0.$ms; kill -KILL $pid 2>/dev/null || :; wait $pid || :
done 2>/dev/null
check --state=s.json --alert always
ls`)
    expect(texts[0]).toMatch(/^3\nUNKNOWN: /)
    expect(texts[0]).not.toMatch(/State|corrupt/)
    expect(texts[0]).toMatch(/\ns\.json\n$/)
  })

  it('nobody reads what it prints: so nothing counts as told', () => {
    const [first] = play(`mkfifo pipe
"$NODE" "$TOOL" --nodes a=127.0.0.2,b=127.0.0.3 --via none --only mysql --state=s.json >pipe & pid=$!
: <pipe
wait $pid || :
ls; check --state=s.json`)
    expect(first).toMatch(SUBJECT)
  })

  it('it is interrupted: told so, nothing remembered, and the lock given back', () => {
    const [first, second] = play(`nft add table inet t
nft add chain inet t o '{ type filter hook output priority 0; }'
nft add rule inet t o tcp dport 3306 drop
"$NODE" "$TOOL" --nodes a=127.0.0.2,b=127.0.0.3 --via none --only mysql --state=s.json >out & pid=$!
until ls s.json.lock-* >/dev/null 2>&1; do :; done
kill -TERM $pid
set +e; wait $pid; echo "== $?"; set -e
cat out; ls
nft flush ruleset; check --state=s.json`)
    expect(first).toBe(
      '143\nUNKNOWN: interrupted before the run was over; nothing of it is told or\n  remembered.\nout\n',
    )
    expect(second).toMatch(SUBJECT)
  })
})

describeLab('two runs at a time', ['nft'], () => {
  // Dropped, so the first run takes its --timeout.
  const slow = `nft add table inet t
nft add chain inet t o '{ type filter hook output priority 0; }'
nft add rule inet t o tcp dport 3306 drop
start() { "$NODE" "$TOOL" --nodes a=127.0.0.2,b=127.0.0.3 --via none --only mysql --state=s.json >out & pid=$!
until ls s.json.lock-* >/dev/null 2>&1; do :; done; }`

  it('the second ends at once, as the last finished one did, and is silent where nobody sits before it', () => {
    const [before, meanwhile, after] = play(`well --state=s.json
${slow}
start; check --state=s.json; set +e; wait $pid; echo "== $?"; set -e; cat out; ls`)
    expect(before).toBe('0\n\n')
    expect(meanwhile).toBe('0\n\n')
    expect(after).toMatch(/^2\nCRITICAL: (.|\n)*\nout\ns\.json\n$/)
  })

  it('UNKNOWN where no run has ended yet; one that hangs is told of once', () => {
    const texts = play(`${slow}
start; check --state=s.json
kill -STOP $pid; touch -d '1 hour ago' s.json.lock-*
check --state=s.json; check --state=s.json
kill -KILL $pid; wait $pid 2>/dev/null || :; nft flush ruleset; check --state=s.json; ls`)
    expect(texts[0]).toBe('3\n\n')
    expect(texts[1]?.replace(/\s+/g, ' ')).toMatch(
      /^3 UNKNOWN: the run before \(pid [0-9]+, since [-0-9: ]+ UTC\) is still at work, long past its deadline: /,
    )
    expect(texts[2]).toBe('3\n\n')
    expect(texts[3]).toMatch(SUBJECT)
    expect(texts[3]).toMatch(/\nout\ns\.json\n$/)
  })

  it('to who sits before it the second says why', () => {
    const [line] = play(`${slow}
start
echo "== $(script -qec "$NODE $TOOL --nodes a=127.0.0.2,b=127.0.0.3 --via none --only mysql --state=s.json" /dev/null </dev/null)"
kill $pid; wait $pid || :`)
    expect(line?.replace(/\s+/g, ' ')).toMatch(
      /^UNKNOWN: the run before \(pid [0-9]+, since [-0-9: ]+ UTC\) is still at work, so this one did nothing\. $/,
    )
  })
})

describe('a crontab line', () => {
  it('takes a word behind --state for its file only where that is meant', () => {
    const { stderr, status } = spawnSync(process.execPath, [toolBundle(), '-n', 'a,b', '--state', 'check'], {
      encoding: 'utf8',
    })
    expect(status).toBe(3)
    expect(stderr).toMatch(/--state takes the word behind it for its file/)
  })
})
