import type { LogFields, LogKind } from '../../src/galera/log-event.ts'

const UUID = '638ee2b0-e71c-11f1-a595-637a97d4ef32'

export type LogRow = readonly [kind: LogKind, text: string, fields?: Partial<LogFields>]

const h = (port: number | null, address = '10.99.0.11') => ({ peers: [{ address, port }] })

/** The texts of every known line, without what stands before them: all versions, both vendors. */
export const LOG_ROWS: readonly LogRow[] = [
  // Group communication, as the joiner says it.
  [
    'peer-no-handshake',
    `(765ab78d-9029, 'tcp://0.0.0.0:4567') connection to peer 00000000-0000 with addr tcp://10.99.0.11:4567 timed out, no messages seen in PT3S, socket stats: rtt: 0 rttvar: 250000 rto: 1000000 lost: 1 last_data_recv: 22621176 cwnd: 1 last_queued_since: 22921430398263`,
    h(4567),
  ],
  [
    'peer-no-handshake',
    `(0fb5fb12, 'tcp://0.0.0.0:4567') connection to peer 00000000 with addr tcp://10.99.0.11:14567 timed out, no messages seen in PT3S`,
    h(14_567),
  ],
  [
    'peer-no-handshake',
    `(60205de0-8884, 'ssl://[::]:4567') connection to peer 00000000-0000 with addr ssl://[fd00::11]:4567 timed out, no messages seen in PT3S, socket stats: rtt: 0 lost: 1`,
    h(4567, 'fd00::11'),
  ],
  [
    'peer-no-greeting',
    `(3fd01471-a70d, 'tcp://0.0.0.0:4567') connection to peer 00000000-0000 with addr tcp://10.99.0.11:4567 timed out, no messages seen in PT3S, socket stats: rtt: 49 rttvar: 24 rto: 204000 lost: 0 last_data_recv: 3000 cwnd: 10`,
    h(4567),
  ],
  [
    'peer-silent',
    `(765ab78d-9029, 'tcp://0.0.0.0:4567') connection to peer 638ee2b0-a595 with addr tcp://10.99.0.11:4567 timed out, no messages seen in PT3S, socket stats: rtt: 300 lost: 0`,
    { ...h(4567), uuid: '638ee2b0-a595' },
  ],
  [
    'peer-silent',
    `(765ab78d, 'tcp://0.0.0.0:4567') connection to peer 638ee2b0 with addr tcp://10.99.0.11:4567 timed out, no messages seen in PT3S`,
    { ...h(4567), uuid: '638ee2b0' },
  ],
  [
    'stray-silent',
    `(6f367ca1-bd58, 'tcp://0.0.0.0:4567') connection to peer 00000000-0000 with addr  timed out, no messages seen in PT3S, socket stats: rtt: 20 rttvar: 9 rto: 204000 lost: 0`,
    { peers: [] },
  ],
  ['connect-no-route', 'Failed to establish connection: No route to host', { peers: [] }],
  ['connect-refused', 'Failed to establish connection: Connection refused', { peers: [] }],
  ['connect-timed-out', 'Failed to establish connection: Connection timed out'],
  ['connect-aborted', 'Failed to establish connection: Operation aborted.'],
  [
    'never-primary',
    'failed to open gcomm backend connection: 110: failed to reach primary view: 110 (Connection timed out)',
  ],
  ['never-primary', 'failed to open gcomm backend connection: 110: failed to reach primary view'],
  [
    'never-primary',
    './gcs/src/gcs_core.cpp:gcs_core_open():256: Failed to open backend connection: -110 (Connection timed out)',
  ],
  [
    'never-primary',
    "./gcs/src/gcs.cpp:gcs_open():1701: Failed to open channel 'lab' at 'gcomm://10.99.0.11,n2.example:5678,[fd00::3]:4567,fd00::4?pc.wait_prim=no': -110 (Connection timed out)",
    {
      peers: [
        { address: '10.99.0.11', port: null },
        { address: 'n2.example', port: 5678 },
        { address: 'fd00::3', port: 4567 },
        { address: 'fd00::4', port: null },
      ],
    },
  ],
  ['never-primary', 'gcs connect failed: Operation timed out'],
  ['never-primary', 'gcs connect failed: Connection timed out'],
  ['never-primary', 'wsrep::connect(gcomm://10.99.0.11) failed: 7', h(null)],
  [
    'never-primary',
    'Provider/Node (gcomm://10.99.0.11) failed to establish connection with cluster (reason: 7)',
  ],
  // Group communication, as any member says it.
  [
    'relay-on',
    `(6f4f583b-a42c, 'tcp://0.0.0.0:4567') turning message relay requesting on, nonlive peers: tcp://10.99.0.13:4567 ssl://[fd00::3]:4567 `,
    {
      peers: [
        { address: '10.99.0.13', port: 4567 },
        { address: 'fd00::3', port: 4567 },
      ],
    },
  ],
  [
    'relay-on',
    `(6f4f583b, 'tcp://0.0.0.0:4567') turning message relay requesting on, nonlive peers: `,
    { peers: [] },
  ],
  [
    'reconnecting',
    `(6f367ca1-bd58, 'tcp://0.0.0.0:4567') reconnecting to 74944b67-ba47 (tcp://10.99.0.13:4567), attempt 30`,
    { ...h(4567, '10.99.0.13'), uuid: '74944b67-ba47' },
  ],
  [
    'reconnecting',
    `(6f367ca1, 'ssl://0.0.0.0:4567') reconnecting to ${UUID} (ssl://10.99.0.13:4567), attempt 0`,
    { uuid: UUID },
  ],
  [
    'peer-suspected',
    'evs::proto(6f367ca1-bd58, GATHER, view_id(REG,6f367ca1-bd58,5)) suspecting node: 74944b67-ba47',
    { uuid: '74944b67-ba47' },
  ],
  [
    'peer-suspected',
    'evs::proto(6f367ca1-bd58, GATHER, view_id(REG,6f367ca1-bd58,5)) suspected node without join message, declaring inactive',
  ],
  ['peer-suspected', 'declaring node with index 1 suspected, timeout PT5S (evs.suspect_timeout)'],
  ['peer-suspected', 'declaring node with index 1 inactive (evs.inactive_timeout)'],
  ['non-primary', 'view(view_id(NON_PRIM,765ab78d-9029,1) memb {'],
  ['non-primary', 'Received NON-PRIMARY.'],
  ['non-primary', 'New COMPONENT: primary = no, bootstrap = no, my_idx = 0, memb_num = 1'],
  [
    'own-stall',
    'last inactive check more than PT1.5S ago (PT1.5009S), skipping check',
    { detail: 'PT1.5009S' },
  ],
  [
    'own-stall',
    'last inactive check more than PT1.5S (3*evs.inactive_check_period) ago (PT2.03S), skipping check',
  ],
  // As the node says that somebody connected to.
  [
    'foreign-message',
    'Failed to unserialize message. This may be a result of corrupt message, port scanner or another application connecting to group communication port.',
  ],
  ['tls-no-certificate', 'Failed to establish connection: peer did not return a certificate'],
  ['tls-no-certificate', 'Handshake failed: peer did not return a certificate'],
  ['tls-plaintext', 'Failed to establish connection: http request'],
  ['tls-plaintext', 'Handshake failed: http request'],
  ['tls-plaintext', 'Failed to establish connection: wrong version number'],
  [
    'tls-plaintext',
    "handshake with remote endpoint ssl://10.99.0.11:4567 failed: asio.ssl:336027900: 'unknown protocol' ( 336027900: 'error:140770FC:SSL routines:SSL23_GET_SERVER_HELLO:unknown protocol')",
    h(4567),
  ],
  ['tls-broken-off', 'Failed to establish connection: unexpected eof while reading'],
  ['tls-broken-off', 'Handshake failed: unexpected eof while reading'],
  ['tls-broken-off', 'Failed to establish connection: End of file'],
  ['tls-untrusted', 'Failed to establish connection: tlsv1 alert unknown ca'],
  [
    'tls-untrusted',
    'Failed to establish connection: certificate verify failed: self-signed certificate in certificate chain',
  ],
  ['tls-untrusted', 'Handshake failed: certificate has expired'],
  ['tls-failed', 'Handshake failed: no shared cipher', { detail: 'no shared cipher' }],
  ['tls-failed', "handshake with remote endpoint ssl://10.99.0.11:4567 failed: 1: 'asio.ssl'", h(4567)],
  [
    'not-in-allowlist',
    'Connection not allowed, IP 10.99.0.13 not found in allowlist.',
    h(null, '10.99.0.13'),
  ],
  ['other-group', "handshake failed, my group: 'lab', peer group: 'other'", { detail: 'other' }],
  [
    'group-listen-failed',
    "failed to open gcomm backend connection: 98: error while trying to listen 'tcp://0.0.0.0:4567?socket.non_blocking=1', asio error 'bind: Address already in use': 98 (Address already in use)",
    h(4567, '0.0.0.0'),
  ],
  // State transfers: socat, rsync, clone, and the servers.
  [
    'sst-timed-out',
    'socat[1128] E connect(6, AF=2 10.99.0.11:4444, 16): Connection timed out',
    { ...h(4444), detail: 'Connection timed out' },
  ],
  [
    'sst-timed-out',
    'rsync: [sender] failed to connect to 10.99.0.11 (10.99.0.11): Connection timed out (110)',
    h(null),
  ],
  [
    'sst-no-route',
    'socat[23579] E connect(62, AF=10 [fd00::11]:4444, 28): No route to host',
    h(4444, 'fd00::11'),
  ],
  [
    'sst-no-route',
    'rsync: failed to connect to n1.example (10.99.0.11): No route to host (113)',
    h(null, 'n1.example'),
  ],
  ['sst-refused', 'socat[23579] E connect(62, AF=2 10.99.0.11:4444, 16): Connection refused', h(4444)],
  [
    'sst-refused',
    'rsync: [sender] failed to connect to 10.99.0.11 (10.99.0.11): Connection refused (111)',
    h(null),
  ],
  [
    'sst-send-failed',
    'WSREP_SST: [ERROR] Error while sending data to joiner node: exit codes: 0 1',
    { detail: '0 1' },
  ],
  ['sst-send-failed', 'Error while sending data to joiner node:  exit codes: 137 0', { detail: '137 0' }],
  ['sst-send-failed', 'WSREP_SST: [ERROR] rsync returned code 10:', { detail: '10' }],
  [
    'transfer-failed',
    '0.0 (n1): State transfer to 1.0 (n2) failed: Broken pipe',
    { donor: 'n1', joiner: 'n2', detail: 'Broken pipe' },
  ],
  [
    'transfer-failed',
    '0.0 (n1): State transfer to 1.0 (n2) failed: -255 (Unknown error 255)',
    { detail: '-255 (Unknown error 255)' },
  ],
  ['transfer-failed', '0.0 (n1): State transfer to 1.0 (n2) failed: Operation timed out'],
  [
    'transfer-failed',
    '0.1 (n1.example): State transfer to -1.-1 (left the group) failed: -111 (Connection refused)',
    { donor: 'n1.example', joiner: null },
  ],
  [
    'never-received',
    './gcs/src/gcs_group.cpp:gcs_group_handle_join_msg():1225: Will never receive state. Need to abort.',
  ],
  [
    'sst-first-data-timeout',
    'Possible timeout in receiving first data from donor in gtid stage: exit codes: 124 0',
  ],
  ['sst-first-data-timeout', 'Possible timeout in receving first data from donor in gtid/keyring stage'],
  ['sst-empty-stream', "Did not receive expected file from donor: 'sst_info' or 'xtrabackup_galera_info'"],
  ['sst-empty-stream', 'xtrabackup_checkpoints missing, failed mariadb-backup/SST on donor'],
  ['sst-receive-failed', 'Error while getting data from donor node: exit codes: 0 2', { detail: '0 2' }],
  ['sst-unrecoverable', 'Application received wrong state: '],
  [
    'sst-unrecoverable',
    'Application state transfer failed. This is unrecoverable condition, restart required.',
  ],
  ['clone-no-message', 'TIMEOUT Waiting for the DONOR MESSAGE'],
  ['clone-daemon-timeout', 'Timeout waiting for clone recipient daemon'],
  ['clone-joiner-timeout', 'TIMEOUT Waiting for the Joiner to setup MySQL clone instance'],
  ['sst-tls-failed', 'socat[77] E SSL_connect(): error:0A000086:SSL routines::certificate verify failed'],
  [
    'sst-listen-failed',
    'socat[77] E bind(5, {AF=2 0.0.0.0:4444}, 16): Address already in use',
    h(4444, '0.0.0.0'),
  ],
  ['sst-listen-failed', "rsync or stunnel daemon port '4444' has been taken by another program"],
  [
    'ist-timed-out',
    "IST failed: IST sender, failed to connect 'tcp://10.99.0.11:4568': Failed to connect 'tcp://10.99.0.11:4568': connect: Connection timed out: System error: 110 (Connection timed out)",
    h(4568),
  ],
  [
    'ist-no-route',
    "IST failed: IST sender, failed to connect 'ssl://10.99.0.11:4568': connect: No route to host: System error: 113 (No route to host)",
    h(4568),
  ],
  [
    'ist-refused',
    "IST failed: IST sender, failed to connect 'tcp://[fd00::11]:4568': connect: Connection refused: System error: 111 (Connection refused)",
    h(4568, 'fd00::11'),
  ],
  [
    'ist-stray',
    "Receiving IST failed, node restart required: IST receiver reported failure: 'got exception while reading IST stream: error receiving handshake",
  ],
  [
    'ist-receive-failed',
    "Receiving IST failed, node restart required: IST receiver reported failure: 'got exception while reading IST stream: Failed to read: Connection reset by peer: System error: 104 (Connection reset by peer)",
  ],
  ['crashed', "terminate called after throwing an instance of 'gu::Exception'"],
  ['crashed', '/usr/sbin/mariadbd got signal 6 ;', { detail: '6' }],
  ['crashed', '01:01:01 UTC - mysqld got signal 11 ;', { detail: '11' }],
  [
    'ist-incomplete',
    "IST didn't contain all write sets, expected last: 120 last received: 100",
    { detail: '120 last received: 100' },
  ],
  [
    'ist-listen-failed',
    "Failed to open IST listener at tcp://10.99.0.11:4568', asio error 'Failed to listen: bind: Address already in use: System error: 98 (Address already in use)'",
    h(4568),
  ],
  [
    'ist-listen-failed',
    "Failed to open IST listener at tcp://10.99.0.11:4568', asio error 'bind: Permission denied'",
    { ...h(4568), detail: "Permission denied'" },
  ],
  [
    'sst-not-prepared',
    "Failed to prepare for 'xtrabackup-v2' SST. Unrecoverable.",
    { detail: 'xtrabackup-v2' },
  ],
  [
    'sst-not-prepared',
    "Failed to read 'ready <addr>' from: wsrep_sst_rsync --role 'joiner' --address '10.99.0.11'",
  ],
  ['address-not-guessed', 'Failed to guess base node address. Set it explicitly via wsrep_node_address.'],
  [
    'address-not-guessed',
    'Could not prepare state transfer request: failed to guess address to accept state transfer at. wsrep_sst_receive_address must be set manually.',
  ],
  [
    'host-blocked',
    "ERROR 1129 (HY000): Host '10.99.0.13' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'",
    h(null, '10.99.0.13'),
  ],
]
