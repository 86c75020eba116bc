//! Weights and optimizer states that were made to hurt, or damaged by chance.

mod nets;

use model::weights;
use network::{Adam, Optimizer};
use testing::{ROUNDS, survive};

const ADAM: Optimizer = Optimizer::Adam(Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 });

fn good() -> Vec<u8> {
    let network = nets::tiny(true);
    weights::to_bytes(&network, &nets::device(&network, 1, 1, 3).parameters()).unwrap()
}

/// The file with its header changed.
fn with_header(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = change(std::str::from_utf8(&bytes[8..8 + length]).unwrap());
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + length..]].concat()
}

#[test]
fn damaged_weights_and_states_are_answered() {
    let weights = good();
    let length = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let network = nets::tiny(true);
    let mut device = nets::device(&network, 1, 1, 3);
    device.set_optimizer(ADAM);
    let state = model::optimizer_to_bytes(&network, &device.optimizer_buffers()).unwrap();
    // The whole file, and its header as if it were all there is, so that damage meets each of its parts.
    let header = &weights[8..8 + length];
    let found = [
        survive(&weights, |bytes| weights::from_bytes(bytes).is_ok()),
        survive(&state, |bytes| model::optimizer_from_bytes(bytes, &network, ADAM).is_ok()),
        (0..length / 128)
            .map(|part| {
                let (before, after) = header.split_at(part * 128);
                survive(after, |bytes| {
                    let header = [before, bytes].concat();
                    let length = (header.len() as u64).to_le_bytes();
                    weights::from_bytes(&[&length[..], &header, &weights[8 + after.len()..]].concat()).is_ok()
                })
            })
            .sum(),
    ];
    println!(
        "of {ROUNDS} damaged weights, {ROUNDS} states and {} headers, {found:?} were refused",
        length as u64 / 128 * ROUNDS
    );
    assert!(found.iter().all(|refused| *refused > ROUNDS / 2), "{found:?}");
}

#[test]
fn headers_that_lie_are_told_so() {
    let bytes = good();
    let replaced = |from: &'static str, to: &'static str| {
        with_header(&bytes, |header| {
            assert!(header.contains(from), "{header}");
            header.replacen(from, to, 1)
        })
    };
    // decoder.0.bias is the first tensor: 5 values, bytes 0 to 20.
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (replaced("[0,20]", "[0,24]"), "not a whole safetensors file: "),
        (replaced("[0,20]", "[4,24]"), "not a whole safetensors file: "),
        (replaced("[0,20]", "[20,0]"), "not a whole safetensors file: "),
        (replaced("[0,20]", "[0,18446744073709551615]"), "not a whole safetensors file: "),
        (replaced("[0,20]", "[1099511627776,1099511627796]"), "not a whole safetensors file: "),
        (replaced("[0,20]", "[-4,16]"), "not a whole safetensors file: "),
        (replaced("\"shape\":[5]", "\"shape\":[1099511627776]"), "not a whole safetensors file: "),
        (replaced("\"shape\":[5]", "\"shape\":[4294967296,4294967296,4]"), "not a whole safetensors file: "),
        (replaced("\"shape\":[5]", "\"shape\":[5.0]"), "not a whole safetensors file: "),
        (
            replaced("\"shape\":[5]", "\"shape\":[1,1,5,1]"),
            "tensor decoder.0.bias: has shape [1, 1, 5, 1], expected [5]",
        ),
        (replaced("\"F32\"", "\"F33\""), "not a whole safetensors file: "),
        (replaced("\"F32\"", "\"I32\""), "tensor decoder.0.bias: holds I32, expected F32"),
        // Two tensors of one name.
        (replaced("decoder.0.kernel", "decoder.0.bias"), "not a whole safetensors file: "),
        (
            replaced("decoder.0.bias", "decoder.0.bi\\u0000s"),
            "tensor decoder.0.bias: missing; expected shape [5]",
        ),
        (with_header(&bytes, |_| "[".repeat(100_000)), "not a whole safetensors file: "),
        (
            with_header(&bytes, |_| format!("{{\"a\":{}", "{\"a\":".repeat(100_000))),
            "not a whole safetensors file: ",
        ),
        (
            with_header(&bytes, |header| {
                header.replacen("\\\"encoder\\\":[", &format!("\\\"encoder\\\":{}", "[".repeat(500)), 1)
            }),
            "metadata latentlab = ",
        ),
        (with_header(&bytes, |_| "{}".into()), "not a whole safetensors file: "),
        (with_header(&bytes, |_| "null".into()), "not a whole safetensors file: "),
        (with_header(&bytes, |_| "\u{1f980}".into()), "not a whole safetensors file: "),
        (
            [&(1u64 << 20).to_le_bytes()[..], b"{}"].concat(),
            "not a whole safetensors file: it ends inside its header",
        ),
        (
            [&u64::MAX.to_be_bytes()[..], b"{}"].concat(),
            "the header has 18446744073709551615 bytes, more than the 1048576 allowed",
        ),
        // The network that the file says it is for.
        (replaced("\\\"units\\\":5", "\\\"units\\\":0"), "encoder[1] (dense): "),
        (replaced("\\\"units\\\":5", "\\\"units\\\":1099511627776"), "encoder[1] (dense): "),
        (
            replaced("\\\"units\\\":5", "\\\"units\\\":16777216"),
            "tensor encoder.1.kernel: has shape [16, 5], expected [16, 16777216]",
        ),
        (
            replaced("\\\"size\\\":3", "\\\"size\\\":18446744073709551615"),
            "latent.size = 18446744073709551615: ",
        ),
        (replaced("\\\"input\\\":[4,4,1]", "\\\"input\\\":[4294967296,4294967296,4294967296]"), "input = "),
        (replaced("\\\"weight\\\":1.0", "\\\"weight\\\":1e999"), "metadata latentlab = "),
    ];
    for (bytes, expected) in cases {
        let message = weights::from_bytes(&bytes).unwrap_err().to_string();
        assert!(message.starts_with(expected), "expected {expected}\nfound {message}");
        assert!(message.len() < 400, "{message}");
    }
}
