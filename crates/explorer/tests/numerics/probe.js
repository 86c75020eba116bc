// Runs what the page holds through the page's own worker, and leaves what came out in the document, which is dumped once
// it has loaded: an unfinished frame holds that back.
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const text = (floats) =>
  floats && btoa(Array.from(new Uint8Array(floats.buffer), (byte) => String.fromCharCode(byte)).join(""));

/** What comes out of every case, and what it was computed with. */
async function outcomes(cases) {
  const all = [];
  let kernels;
  for (const { program, weights, rounded, images, codes } of cases) {
    const exact = floats(weights);
    const upper = () => new Float32Array(new Uint32Array(exact.buffer).map((bits) => (bits + 0x80) & 0xffffff00).buffer);
    const network = explorer.start(program, rounded ? upper() : exact);
    kernels = await network.kernels();
    const { mean, logVar } = await network.encode(floats(images));
    const pixels = await network.decode(floats(codes));
    const losses = await network.losses(floats(images));
    all.push([mean, logVar, pixels, losses].map(text));
  }
  return { outcomes: all, kernels };
}

/** Images a second of every case, one code at a time as when one drags, and the shortest time of one, in milliseconds. */
async function rates(cases) {
  const all = [];
  for (const { program, weights, codes } of cases) {
    const network = explorer.start(program, floats(weights));
    const code = floats(codes).slice(0, program.decoder[0].input.reduce((product, n) => product * n, 1));
    for (let i = 0; i < 5; i++) await network.decode(code);
    const times = [];
    const begin = performance.now();
    while (performance.now() < begin + 2000) {
      const asked = performance.now();
      await network.decode(code);
      times.push(performance.now() - asked);
    }
    all.push([(1000 * times.length) / (performance.now() - begin), Math.min(...times)]);
  }
  return all;
}

/** How questions to one network are answered. */
async function conduct([{ program, weights }]) {
  const network = explorer.start(program, floats(weights));
  const unknown = explorer.start({ ...program, decoder: [{ ...program.decoder[0], kind: "new" }] }, floats(weights));
  const size = program.decoder[0].input[0];

  const order = [];
  const many = network.decode(new Float32Array(20_000 * size)).then(() => order.push("many"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const single = network.decode(new Float32Array(size)).then(() => order.push("single"));
  await Promise.all([many, single]);

  const reason = (asked) => asked.then(() => "answered", (error) => error.message);
  const reasons = [
    await reason(network.decode(new Float32Array(size + 1))),
    await reason(unknown.decode(new Float32Array(size))),
    await reason(network.decode(new Float32Array(0))),
  ];
  return { order, reasons };
}

const frame = document.getElementById("frame").contentDocument;
frame.open();
const { ask, cases } = JSON.parse(document.getElementById("question").textContent);
const answer = { outcomes, conduct, rates }[ask](cases);
answer.catch((error) => ({ error: String(error) })).then((answer) => {
  document.body.dataset.answer = JSON.stringify(answer);
  frame.close();
});
