/** Images of codes, for components. */

import { useEffect, useRef, useState } from "preact/hooks";

import { model } from "../state";
import { decodeMany, rested } from "./decoder";
import { same } from "./points";

/**
 * What codes [n, dims] decode to, one after the other; of the codes that change while others are decoded only the latest
 * are. Until they are there, the images before them stay.
 */
export function useDecoded(codes: Float32Array | null): Float32Array[] {
  const [images, setImages] = useState<Float32Array[]>([]);
  const work = useRef({ isBusy: false, wanted: codes, asked: null as Float32Array | null, isGone: false });
  const of = model.value;
  work.current.wanted = codes;

  useEffect(() => {
    const { current } = work;
    current.isGone = false;
    return () => void (current.isGone = true);
  }, []);

  useEffect(() => {
    work.current.asked = null; // of the model before
    setImages([]);
  }, [of]);

  useEffect(() => {
    const { current } = work;
    async function run(): Promise<void> {
      while (current.wanted && !current.isGone && !(current.asked && same(current.asked, current.wanted))) {
        await rested(current.wanted.length / model.peek().dims.length);
        const asked = (current.asked = current.wanted);
        const running = model.peek();
        const values = await decodeMany(asked);
        if (running !== model.peek()) {
          current.asked = null;
          continue;
        }
        if (current.isGone) return;
        const size = (values.length / asked.length) * running.dims.length;
        setImages(Array.from({ length: values.length / size }, (_, i) => values.subarray(i * size, (i + 1) * size)));
      }
    }
    if (current.isBusy || !codes) return;
    current.isBusy = true;
    // `failure` tells why nothing came.
    run().catch(() => undefined).finally(() => (current.isBusy = false));
  }, [codes, of]);

  return codes ? images : [];
}
