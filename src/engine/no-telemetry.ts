/**
 * ONNX Runtime tells its makers of its use, over the network, unless it is told not to before it is loaded. Threads get a copy of the
 * environment, so it is the process that has to say so: what starts threads imports the engines first.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
