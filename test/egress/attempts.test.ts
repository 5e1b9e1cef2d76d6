/** Lines as strace 6.1 and 6.13 print them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptsOf, judge } from './attempts.ts';

const findings = (line: string, servers: readonly string[] = []): readonly string[] => judge([line], { servers }).findings;
const dns =
  'connect(26, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16) = -1 ENETUNREACH (Network is unreachable)';

test('an attempt counts, whether it succeeds or not', () => {
  assert.deepEqual(findings(dns), ['connect to 10.0.0.1:53 (DNS)']);
  assert.deepEqual(findings(`15    ${dns}`), ['connect to 10.0.0.1:53 (DNS)'], 'with the number of its process');
  assert.deepEqual(
    findings(
      'connect(20, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
    ),
    ['connect to 2001:db8::1:443'],
  );
});

test('bytes without a connection count as well', () => {
  assert.deepEqual(
    findings('sendto(3, ""..., 12, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 ENETUNREACH'),
    ['sendto to 192.0.2.1:9'],
  );
  assert.deepEqual(
    findings(
      'sendmmsg(4, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, msg_namelen=16}, msg_len=3}, {msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, msg_namelen=16}}], 2, MSG_NOSIGNAL) = 2',
    ),
    ['sendmmsg to 10.0.0.1:53 (DNS)', 'sendmmsg to 10.0.0.2:53 (DNS)'],
  );
  assert.deepEqual(attemptsOf('sendto(3, ""..., 12, MSG_NOSIGNAL, NULL, 0) = 12'), [], 'more bytes of a connection that was counted');
});

test('the configured server is allowed, another port of the same machine is not', () => {
  const local = 'connect(21, {sa_family=AF_INET, sin_port=htons(8008), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINPROGRESS';
  assert.deepEqual(findings(local, ['127.0.0.1:8008']), []);
  assert.equal(judge([local], { servers: ['127.0.0.1:8008'] }).allowed, 1);
  assert.deepEqual(findings(local, ['127.0.0.1:80']), ['connect to 127.0.0.1:8008']);
});

test('looking a name up counts before anything is sent', () => {
  assert.equal(findings('openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 27').length, 1);
  assert.equal(findings('connect(26, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT').length, 1);
  assert.deepEqual(findings('openat(AT_FDCWD, "/etc/localtime", O_RDONLY) = 3'), []);
  assert.deepEqual(findings('connect(5, {sa_family=AF_UNIX, sun_path=@"/tmp/own"}, 110) = 0'), []);
});

test('kinds of sockets that the program has no use for, and open doors, are found', () => {
  assert.deepEqual(findings('socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 26'), ['a socket AF_INET6 SOCK_DGRAM']);
  assert.deepEqual(findings('socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) = 5'), ['a socket AF_PACKET SOCK_RAW']);
  assert.deepEqual(findings('socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 20'), []);
  assert.deepEqual(findings('socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 20'), []);
  assert.deepEqual(findings('bind(20, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0'), [
    'bind to 0.0.0.0:0',
  ]);
  assert.deepEqual(findings('bind(20, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0'), []);
});

test('what could hide calls is refused, or found', () => {
  assert.deepEqual(findings('io_uring_setup(256, {flags=0}) = -1 ENOSYS (Function not implemented) (INJECTED)'), []);
  assert.equal(findings('io_uring_setup(256, {flags=0, sq_thread_cpu=0}) = 4').length, 1);
  assert.equal(findings('socketcall(SYS_CONNECT, [3, 0xffffd4a0, 16]) = 0').length, 1);
});
