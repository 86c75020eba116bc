//! A training step allocates nothing: all memory is planned before the first one.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::{Executor, Isa, Options};
use network::{Device, Draw, Images, Network, Noise, Optimizer, StepSettings};
use random::Stream;
use serde_json::json;

struct CountingAllocator;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: CountingAllocator = CountingAllocator;

/// A program of its own: the test harness would run the test beside its own thread, which allocates too.
fn main() {
    let network: Network = serde_json::from_value(json!({
        "input": [8, 8, 1],
        "encoder": [
            { "layer": "conv2d", "filters": 4, "kernel": 3, "padding": "same", "activation": "gelu" },
            { "layer": "max_pool2d", "size": 2 },
            { "layer": "residual", "layers": [
                { "layer": "group_norm", "groups": 2, "activation": "silu" },
                { "layer": "conv2d", "filters": 4, "kernel": 3, "padding": "reflect" },
                { "layer": "batch_norm", "activation": "relu" },
            ] },
            { "layer": "self_attention", "heads": 2 },
            { "layer": "dropout", "rate": 0.2 },
            { "layer": "flatten" },
        ],
        "latent": { "kind": "gaussian", "size": 3, "samples": 2 },
        "decoder": [
            { "layer": "dense", "units": 64, "activation": "relu" },
            { "layer": "reshape", "shape": [4, 4, 4] },
            { "layer": "upsample2d", "size": 2 },
            { "layer": "conv2d_transpose", "filters": 1, "kernel": 3, "padding": "same" },
        ],
        "objective": { "reconstruction": { "loss": "gaussian", "sigma": { "learned": 0.5 } } },
    }))
    .unwrap();
    let options = Options { batch: 16, threads: 2, isa: Isa::best() };
    let mut executor = Executor::<f32>::new(&network, options).unwrap();
    executor.initialize(0);
    executor.set_optimizer(Optimizer::default());
    let images = vec![0.5; 40 * 64];
    let mut steps = |clip_norm, count| {
        for step in 0..20 {
            let noise = Noise::Drawn { stream: Stream::new(0, "noise"), step };
            let settings =
                StepSettings { noise, draw: Draw::default(), learning_rate: 1e-3, kl_factor: 1.0, clip_norm };
            executor.step(&Images(&images), count, settings);
        }
    };
    for (clip_norm, count) in [(None, 16), (Some(1.0), 16), (None, 40)] {
        steps(clip_norm, count); // threads start, and the system's locks are made
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        steps(clip_norm, count);
        assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0);
    }
    println!("test a_training_step_allocates_nothing ... ok");
}
