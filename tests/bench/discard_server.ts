// deno-lint-ignore-file no-console -- prints its URL
/**
 * A collector of telemetry that throws everything away, in a process of its own.
 *
 * @module
 */
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  await request.arrayBuffer();
  return new Response(null, { status: 200, headers: { "content-type": "application/x-protobuf" } });
});
console.log(`http://127.0.0.1:${server.addr.port}`);
