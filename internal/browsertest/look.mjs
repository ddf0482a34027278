import { world, write, accept, reply, sees, panel } from "./harness.js";
const out = process.argv[2] ?? "/tmp/shots";
const after = [];
const w = await world({ after: (f) => after.push(f) });
try {
  const shot = (p, n) => p.screenshot({ path: `${out}/${n}.png` });
  const index = await w.open(w.program.desk); await shot(index, "index");
  const ann = await w.open(`${w.program.desk}/staff`); await ann.waitForTimeout(300); await shot(ann, "signin");
  const bob = await w.staff("Bob");
  await ann.getByRole("button", { name: /^Ann/ }).click();
  const zoe = await w.open(w.program.source); await shot(zoe, "hello");
  await zoe.getByLabel("Your name").fill("Zoe Zander"); await zoe.getByRole("button", { name: "Start the chat" }).click();
  await write(zoe, "Hello! My parcel has not arrived yet. Can you help me?");
  await sees(zoe, "Hello Zoe");
  await ann.waitForTimeout(500); await shot(ann, "offered"); await shot(bob, "offered-bob");
  const on = await ann.getByRole("button", { name: /^Accept/ }).count() ? ann : bob;
  await accept(on, "Zoe Zander"); 
  await reply(on, "Zoe Zander", "Good morning Zoe! Of course. What is the number on your receipt?");
  await write(zoe, "A-1047, ordered last Tuesday");
  const talk = panel(on, "Zoe Zander");
  await talk.getByLabel("Quick replies").fill("Deliver again | Refund");
  await reply(on, "Zoe Zander", "Thank you. The courier brought it back. What would you like us to do?");
  await zoe.waitForTimeout(500); await shot(zoe, "visitor"); await shot(on, "staff");
  const admin = await w.admin(); await admin.waitForTimeout(800); await admin.screenshot({ path: `${out}/admin.png`, fullPage: true });
  const ov = await w.overview(); await ov.waitForTimeout(800); await ov.screenshot({ path: `${out}/overview.png`, fullPage: true });
  w.sound();
} finally { for (const f of after) await f(); }
