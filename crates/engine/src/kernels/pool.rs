//! Max pooling and nearest-neighbour enlargement of one image, all channels of a pixel at once.
#![allow(unsafe_code)]

use super::{get, put, vectors};
use crate::simd::{Kernel, Scalar, Simd};

/// The pixels of each output's window, as offsets in an image.
pub(crate) struct Windows {
    offsets: Vec<usize>,
    ends: Vec<usize>,
    largest: usize,
}

impl Windows {
    /// Panics where a window is empty.
    pub fn new(windows: impl Iterator<Item = Vec<usize>>) -> Self {
        let (mut offsets, mut ends) = (Vec::new(), vec![0]);
        for window in windows {
            assert!(!window.is_empty(), "a window without pixels");
            offsets.extend(window);
            ends.push(offsets.len());
        }
        let largest = offsets.iter().copied().max().unwrap_or(0);
        Self { offsets, ends, largest }
    }

    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Whether the windows share no pixel and cover all `pixels` of the image.
    pub fn is_partition(&self, pixels: usize) -> bool {
        let mut sorted = self.offsets.clone();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.len() == self.offsets.len() && sorted.len() == pixels
    }

    fn of(&self, output: usize) -> &[usize] {
        &self.offsets[self.ends[output]..self.ends[output + 1]]
    }
}

/// out[place + c] = max over the window's pixels of values[offset + c], for every window and channel.
pub(crate) struct WindowMax<'a, T> {
    pub values: &'a [T],
    pub windows: &'a Windows,
    pub channels: usize,
    /// Of each window in `out`.
    pub places: &'a [usize],
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for WindowMax<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { values, windows, channels, places, out } = self;
        assert!(windows.largest + channels <= values.len() && places.len() == windows.len());
        for (i, place) in places.iter().enumerate() {
            let (window, out) = (windows.of(i), &mut out[*place..place + channels]);
            let (v, o) = (values.as_ptr(), out.as_mut_ptr());
            vectors!(S, channels, |at, count| {
                // SAFETY: offset + at + count ≤ largest + channels ≤ len; at + count ≤ channels.
                unsafe {
                    let mut largest = get::<S>(v.add(window[0] + at), count);
                    for offset in &window[1..] {
                        largest = S::max(largest, get::<S>(v.add(offset + at), count));
                    }
                    put::<S>(o.add(at), largest, count);
                }
            });
        }
    }
}

/// Gives dL/dout to the first pixel of the window that holds the maximum, channel by channel.
pub(crate) struct WindowMaxBackward<'a, T> {
    pub values: &'a [T],
    pub windows: &'a Windows,
    pub channels: usize,
    pub out: &'a [T],
    /// Of each window in `out`.
    pub places: &'a [usize],
    pub d_out: &'a [T],
    /// Of each window in `d_out`.
    pub d_places: &'a [usize],
    /// The windows over `gradient`.
    pub d_windows: &'a Windows,
    /// Adds to the gradient; else every pixel is in one window only, whose share it becomes.
    pub adds: bool,
    pub gradient: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for WindowMaxBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { values, windows, channels, out, places, d_out, d_places, d_windows, adds, gradient } =
            self;
        assert!(windows.largest + channels <= values.len() && places.len() == windows.len());
        assert!(d_windows.largest + channels <= gradient.len() && d_places.len() == d_windows.len());
        for (i, (place, d_place)) in places.iter().zip(d_places).enumerate() {
            let (window, d_window) = (windows.of(i), d_windows.of(i));
            let (out, d_out) = (&out[*place..place + channels], &d_out[*d_place..d_place + channels]);
            let (v, o, d, g) = (values.as_ptr(), out.as_ptr(), d_out.as_ptr(), gradient.as_mut_ptr());
            vectors!(S, channels, |at, count| {
                // SAFETY: offset + at + count ≤ largest + channels ≤ len, for both images; at + count ≤ channels.
                unsafe {
                    let zero = S::splat(T::ZERO);
                    let largest = get::<S>(o.add(at), count);
                    let mut left = get::<S>(d.add(at), count); // becomes 0 where it was given away
                    for (offset, d_offset) in window.iter().zip(d_window) {
                        let x = get::<S>(v.add(offset + at), count);
                        let mut share = S::select_eq(x, largest, left, zero);
                        left = S::select_eq(x, largest, zero, left);
                        if adds {
                            share = S::add(get::<S>(g.add(d_offset + at), count), share);
                        }
                        put::<S>(g.add(d_offset + at), share, count);
                    }
                }
            });
        }
    }
}

/// out[offset + c] = values[place + c] for every pixel of the window: nearest-neighbour enlargement.
pub(crate) struct WindowFill<'a, T> {
    pub values: &'a [T],
    /// Of each window in `values`.
    pub places: &'a [usize],
    pub windows: &'a Windows,
    pub channels: usize,
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for WindowFill<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { values, places, windows, channels, out } = self;
        assert!(windows.largest + channels <= out.len() && places.len() == windows.len());
        for (i, place) in places.iter().enumerate() {
            let values = &values[*place..place + channels];
            vectors!(S, channels, |at, count| {
                // SAFETY: offset + at + count ≤ largest + channels ≤ len; at + count ≤ channels.
                unsafe {
                    let value = get::<S>(values.as_ptr().add(at), count);
                    for offset in windows.of(i) {
                        put::<S>(out.as_mut_ptr().add(offset + at), value, count);
                    }
                }
            });
        }
    }
}

/// out[place + c] = Σ over the window's pixels of values[offset + c], in the order of the pixels.
pub(crate) struct WindowSum<'a, T> {
    /// Starts the sums from what is there, not from 0.
    pub adds: bool,
    pub values: &'a [T],
    pub windows: &'a Windows,
    pub channels: usize,
    /// Of each window in `out`.
    pub places: &'a [usize],
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for WindowSum<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { adds, values, windows, channels, places, out } = self;
        assert!(windows.largest + channels <= values.len() && places.len() == windows.len());
        for (i, place) in places.iter().enumerate() {
            let out = &mut out[*place..place + channels];
            vectors!(S, channels, |at, count| {
                // SAFETY: as above.
                unsafe {
                    let mut sum = S::splat(T::ZERO);
                    if adds {
                        sum = get::<S>(out.as_ptr().add(at), count);
                    }
                    for offset in windows.of(i) {
                        sum = S::add(sum, get::<S>(values.as_ptr().add(offset + at), count));
                    }
                    put::<S>(out.as_mut_ptr().add(at), sum, count);
                }
            });
        }
    }
}

/// out[place + c] = Σ over the window's pixels of weight · values[offset + c], in their order; added to what is there if
/// `adds`. Average pooling, linear interpolation, and their gradients.
pub(crate) struct WeightedSum<'a, T> {
    pub values: &'a [T],
    pub windows: &'a Windows,
    /// One for each of the windows' pixels, window by window.
    pub weights: &'a [T],
    pub channels: usize,
    /// Of each window in `out`.
    pub places: &'a [usize],
    pub adds: bool,
    pub out: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for WeightedSum<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd<T = T>>(self) {
        let Self { values, windows, weights, channels, places, adds, out } = self;
        assert!(windows.largest + channels <= values.len() && places.len() == windows.len());
        assert!(weights.len() == windows.offsets.len());
        for (i, place) in places.iter().enumerate() {
            let out = &mut out[*place..place + channels];
            let (window, weights) = (windows.of(i), &weights[windows.ends[i]..windows.ends[i + 1]]);
            vectors!(S, channels, |at, count| {
                // SAFETY: offset + at + count ≤ largest + channels ≤ len; at + count ≤ channels.
                unsafe {
                    let mut sum =
                        if adds { get::<S>(out.as_ptr().add(at), count) } else { S::splat(T::ZERO) };
                    for (offset, weight) in window.iter().zip(weights) {
                        let value = get::<S>(values.as_ptr().add(offset + at), count);
                        sum = S::fma(S::splat(*weight), value, sum);
                    }
                    put::<S>(out.as_mut_ptr().add(at), sum, count);
                }
            });
        }
    }
}
