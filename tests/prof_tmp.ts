// profile server during http load
const up = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "/work/main/tests/bench/http_upstream.ts"], stdout: "piped" }).spawn();
const line = async (s: ReadableStream<Uint8Array>) => { const rd = s.getReader(); let u = ""; while (!u.includes("\n")) u += new TextDecoder().decode((await rd.read()).value); rd.releaseLock(); return u.trim(); };
const u = await line(up.stdout);
const srv = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--inspect=127.0.0.1:9339", (Deno.args[0] ?? "/work/main") + "/mod.ts", "--listen", "ws://127.0.0.1:0"], stdout: "piped", stderr: "null" }).spawn();
const url = await line(srv.stdout);
const list = await (await fetch("http://127.0.0.1:9339/json")).json();
const ins = new WebSocket(list[0].webSocketDebuggerUrl); await new Promise((r) => ins.onopen = r);
let iid = 0; const waits = new Map<number, (v: any) => void>();
ins.onmessage = (e) => { const m = JSON.parse(e.data); waits.get(m.id)?.(m.result); };
const insp = (method: string, params = {}) => new Promise<any>((r) => { const id = ++iid; waits.set(id, r); ins.send(JSON.stringify({ id, method, params })); });
const ws = new WebSocket(url); await new Promise((r) => ws.onopen = r);
let id = 0; const map = new Map<number, (v: any) => void>();
ws.onmessage = (e) => { const m = JSON.parse(e.data); map.get(m.id)?.(m); };
const call = (method: string, params: unknown) => new Promise<any>((r) => { const i = ++id; map.set(i, r); ws.send(JSON.stringify({ id: i, method, params })); });
await call("initialize", { clientName: "p" }); ws.send(JSON.stringify({ method: "initialized" }));
const go = async (n: number) => { for (let i = 0; i < n; i++) await call("http/request", { method: "GET", url: `${u}/small`, requestId: "b" }); };
await go(3000);
await insp("Profiler.enable"); await insp("Profiler.setSamplingInterval", { interval: 50 }); await insp("Profiler.start");
await go(12000);
const { profile } = await insp("Profiler.stop");
const self = new Map<string, number>(); const byId = new Map<number, any>(profile.nodes.map((n: any) => [n.id, n]));
for (let i = 0; i < profile.samples.length; i++) { const n = byId.get(profile.samples[i]); const f = n.callFrame; const k = `${f.functionName} ${f.url.split("/").slice(-2).join("/")}:${f.lineNumber + 1}`; self.set(k, (self.get(k) ?? 0) + profile.timeDeltas[i]); }
const total = [...self.values()].reduce((a, b) => a + b, 0);
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 60)) console.log((v / 12000).toFixed(2).padStart(7), (100 * v / total).toFixed(1).padStart(5), k);
srv.kill("SIGKILL"); up.kill(); Deno.exit();
