//! An optimizer's state in safetensors: what is read is written and read again to the same.
#![no_main]

use std::sync::LazyLock;

use network::{Network, Optimizer};
use libfuzzer_sys::fuzz_target;

static NETWORK: LazyLock<Network> = LazyLock::new(hostile::network);

fuzz_target!(|bytes: &[u8]| {
    let adam = Optimizer::default();
    let Ok(state) = model::optimizer_from_bytes(bytes, &NETWORK, adam) else { return };
    let written = model::optimizer_to_bytes(&NETWORK, &state).expect("what was read can be written");
    let again = model::optimizer_from_bytes(&written, &NETWORK, adam).expect("what was written can be read");
    assert_eq!(again.steps(), state.steps());
});
