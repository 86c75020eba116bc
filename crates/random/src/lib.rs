//! Random numbers as a pure function of *(seed, stream name, step, sample)*.
//!
//! Nothing here holds state that a thread could advance in the wrong order: a value is looked up, not
//! drawn. So shuffles, noise and initial weights are the same on one thread or sixty-four, a resumed run
//! needs no generator state, and the same seed gives the same bits on every machine (only IEEE additions,
//! multiplications, divisions and square roots are used, never the platform's `ln` or `sin`).
//!
//! The generator is Philox4x32-10 (Salmon et al., *Parallel random numbers: as easy as 1, 2, 3*, SC 2011).
//!
//! ```
//! use random::Stream;
//! let noise = Stream::new(7, "posterior noise");
//! let (mut a, mut b) = ([0.0f32; 10], [0.0f32; 10]);
//! noise.normals(3, 41, &mut a); // step 3, sample 41
//! noise.normals(3, 41, &mut b);
//! assert_eq!(a, b);
//! ```

mod halton;
mod normal;
mod philox;

use std::ops::Range;

use philox::{LANES, philox_lanes, upwards};

pub use halton::Halton;

/// A named, seeded family of random numbers; cheap to copy and to share between threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream `name` of `seed`. Streams with different names are independent.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a over the name, then SplitMix64's finaliser to spread seed and name over the key.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut key = seed.wrapping_add(hash.rotate_left(17)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        key ^= key >> 31;
        Self { key: [key as u32, (key >> 32) as u32] }
    }

    /// Fills `out` with uniform numbers in [0, 1), 24 random bits each.
    pub fn uniforms(&self, step: u64, sample: u32, out: &mut [f32]) {
        self.each_uniform(step, sample, out.len(), |i, value| out[i] = value);
    }

    /// Calls `with` for each of `n` uniform numbers in [0, 1), the same as [`Stream::uniforms`] gives.
    pub fn each_uniform(&self, step: u64, sample: u32, n: usize, mut with: impl FnMut(usize, f32)) {
        for first in (0..n).step_by(4 * LANES) {
            let words = self.words(step, sample, (first / (4 * LANES)) as u32);
            for (i, word) in (first..n).zip(words) {
                with(i, unit(word));
            }
        }
    }

    /// Fills `out` with independent draws of N(0, 1) (Box–Muller; |value| ≤ 5.77).
    pub fn normals(&self, step: u64, sample: u32, out: &mut [f32]) {
        self.each_normal(step, sample, out.len(), |i, value| out[i] = value);
    }

    /// Calls `with` for each of `n` draws of N(0, 1), the same as [`Stream::normals`] gives.
    pub fn each_normal(&self, step: u64, sample: u32, n: usize, mut with: impl FnMut(usize, f32)) {
        for first in (0..n).step_by(4 * LANES) {
            let mut values = [0.0; 4 * LANES];
            normal::box_muller(&self.words(step, sample, (first / (4 * LANES)) as u32), &mut values);
            for (i, value) in values.iter().enumerate().take(n - first) {
                with(first + i, *value);
            }
        }
    }

    /// Calls `with(sample, i, value)` for each of `n` draws of N(0, 1) of every sample, the same as
    /// [`Stream::normals`] gives, and faster for many samples of few draws.
    pub fn each_normal_of(
        &self,
        step: u64,
        samples: Range<u32>,
        n: usize,
        mut with: impl FnMut(u32, usize, f32),
    ) {
        for first in samples.clone().step_by(LANES) {
            for block in 0..n.div_ceil(4) {
                let words = philox_lanes(self.key, [block as u32; LANES], upwards(first), halves(step));
                let mut values = [0.0; 4 * LANES];
                normal::box_muller(&words, &mut values);
                for (sample, values) in (first..samples.end).zip(values.chunks(4)) {
                    for (i, value) in (4 * block..n).zip(values) {
                        with(sample, i, *value);
                    }
                }
            }
        }
    }

    /// A shuffled 0..n (Fisher–Yates), the same for the same `step` (an epoch, say).
    pub fn permutation(&self, step: u64, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        let mut cursor = self.cursor(step, 0);
        for i in (1..n).rev() {
            order.swap(i, cursor.below(i as u32 + 1) as usize);
        }
        order
    }

    /// The numbers of one *(step, sample)* one after the other, for code that needs a varying count.
    pub fn cursor(&self, step: u64, sample: u32) -> Cursor {
        Cursor { stream: *self, step, sample, block: 0, words: [0; 4 * LANES], used: 4 * LANES }
    }

    fn words(&self, step: u64, sample: u32, block: u32) -> [u32; 4 * LANES] {
        philox_lanes(self.key, upwards(block * LANES as u32), [sample; LANES], halves(step))
    }
}

/// Reads one *(step, sample)* of a [`Stream`] value by value.
#[derive(Clone, Debug)]
pub struct Cursor {
    stream: Stream,
    step: u64,
    sample: u32,
    block: u32,
    words: [u32; 4 * LANES],
    used: usize,
}

impl Cursor {
    /// The next 32 random bits.
    pub fn bits(&mut self) -> u32 {
        if self.used == self.words.len() {
            self.words = self.stream.words(self.step, self.sample, self.block);
            self.block += 1;
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// The next uniform number in [0, 1).
    pub fn uniform(&mut self) -> f32 {
        unit(self.bits())
    }

    /// The next uniform number in [0, 1), with 53 random bits.
    pub fn uniform_f64(&mut self) -> f64 {
        let (high, low) = (u64::from(self.bits() >> 5), u64::from(self.bits() >> 6));
        (high << 26 | low) as f64 / (1u64 << 53) as f64
    }

    /// The next uniform number in [low, high).
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// The next draw of N(0, 1).
    pub fn normal(&mut self) -> f32 {
        let (a, b) = (self.bits(), self.bits());
        normal::pair(a, b).0
    }

    /// A uniform integer in 0..n, without bias (Lemire 2019). `n` must not be 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "a choice among 0 items");
        loop {
            let product = u64::from(self.bits()) * u64::from(n);
            if product as u32 >= n.wrapping_neg() % n {
                return (product >> 32) as u32;
            }
        }
    }
}

fn halves(step: u64) -> [u32; 2] {
    [step as u32, (step >> 32) as u32]
}

fn unit(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_steps_and_samples_differ_and_repeat() {
        let draw = |seed, name, step, sample| {
            let mut out = [0.0; 7];
            Stream::new(seed, name).uniforms(step, sample, &mut out);
            out
        };
        let first = draw(1, "a", 0, 0);
        assert_eq!(first, draw(1, "a", 0, 0));
        for other in [draw(2, "a", 0, 0), draw(1, "b", 0, 0), draw(1, "a", 1, 0), draw(1, "a", 0, 1)] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_prefix_is_a_prefix() {
        let stream = Stream::new(9, "x");
        let (mut short, mut long) = (vec![0.0; 5], vec![0.0; 300]);
        stream.normals(4, 2, &mut short);
        stream.normals(4, 2, &mut long);
        assert_eq!(short, long[..5]);
    }

    #[test]
    fn many_samples_at_once_are_the_same_as_one_by_one() {
        let stream = Stream::new(2, "x");
        for (samples, n) in [(3..4, 1), (5..40, 10), (0..16, 4), (7..25, 130), (9..9, 3)] {
            let mut drawn = Vec::new();
            stream.each_normal_of(6, samples.clone(), n, |sample, i, value| drawn.push((sample, i, value)));
            drawn.sort_by_key(|(sample, i, _)| (*sample, *i));
            let mut expected = Vec::new();
            for sample in samples {
                stream.each_normal(6, sample, n, |i, value| expected.push((sample, i, value)));
            }
            assert_eq!(drawn, expected);
        }
    }

    #[test]
    fn normals_have_the_moments_of_a_standard_normal() {
        let mut draws = vec![0.0; 400_000];
        Stream::new(3, "moments").normals(0, 0, &mut draws);
        let n = draws.len() as f64;
        let moment = |p: i32| draws.iter().map(|v| f64::from(*v).powi(p)).sum::<f64>() / n;
        for (power, expected, tolerance) in [(1, 0.0, 0.008), (2, 1.0, 0.012), (3, 0.0, 0.03), (4, 3.0, 0.08)]
        {
            assert!((moment(power) - expected).abs() < tolerance, "moment {power}: {}", moment(power));
        }
        let below = |x: f32| draws.iter().filter(|v| **v < x).count() as f64 / n;
        assert!((below(-1.0) - 0.158_655).abs() < 0.003 && (below(2.0) - 0.977_250).abs() < 0.002);
    }

    #[test]
    fn a_permutation_holds_every_index_once() {
        let order = Stream::new(0, "shuffle").permutation(5, 1000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..1000));
        assert_ne!(order, Stream::new(0, "shuffle").permutation(6, 1000));
    }

    #[test]
    fn long_uniforms_fill_their_range() {
        let mut cursor = Stream::new(0, "long").cursor(0, 0);
        let draws: Vec<f64> = (0..10_000).map(|_| cursor.uniform_f64()).collect();
        let mean = draws.iter().sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.015 && draws.iter().all(|u| (0.0..1.0).contains(u)), "{mean}");
        assert!(draws.iter().any(|u| f64::from(*u as f32) != *u), "more bits than an f32 has");
    }

    #[test]
    fn choices_are_even() {
        let mut cursor = Stream::new(0, "below").cursor(0, 0);
        let mut counts = [0u32; 7];
        (0..70_000).for_each(|_| counts[cursor.below(7) as usize] += 1);
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    }
}
