/**
 * onnxruntime-node 1.30 looks a host of its maker up by DNS at its first session on Linux, and writes a device id and a database of events below
 * ~/.cache/Microsoft (seen by strace), unless this variable is set before its library is loaded. Imported before it, so that it holds however
 * the program was started; test/egress/ shows both.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
