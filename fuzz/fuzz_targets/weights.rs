//! Weights in safetensors: what is read is written and read again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::weights;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = weights::from_bytes(bytes) else { return };
    let written = weights::to_bytes(&read.network, &read.parameters).expect("what was read can be written");
    assert_eq!(weights::from_bytes(&written).expect("what was written can be read"), read);
});
