//! Sizes are checked before memory is taken for them. In a process of its own, whose peak is looked at.

use model::weights;
use testing::peak_memory;

const NETWORK: &str = r#"{\"input\":[16384,16384,1],\"encoder\":[{\"layer\":\"flatten\"},{\"layer\":\"dense\",\"units\":UNITS,\"activation\":\"relu\"}],\"latent\":{\"kind\":\"deterministic\"},\"decoder\":[{\"layer\":\"dense\",\"units\":268435456,\"activation\":\"linear\"}],\"objective\":{\"reconstruction\":{\"loss\":\"mse\",\"reduction\":\"sum\",\"weight\":1.0},\"kl\":{\"reduction\":\"sum\",\"weight\":1.0,\"warmup_epochs\":0.0,\"free_bits\":0.0}}}"#;

#[test]
fn headers_that_claim_terabytes_take_no_memory() {
    let before = peak_memory();
    let about = |units: &str| format!(r#"{{\"schema\":1,\"network\":{}}}"#, NETWORK.replace("UNITS", units));
    let tensor = r#""a":{"dtype":"F32","shape":[1099511627776,4],"data_offsets":[0,17592186044416]}"#;
    let header = |units: &str, tensor: &str| {
        let text = format!(r#"{{"__metadata__":{{"latentlab":"{}"}}{tensor}}}"#, about(units));
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
    };
    for bytes in [
        header("1", &format!(",{tensor}")),
        header("1", ""),
        header("268435456", ""),
        [&(1u64 << 40).to_le_bytes()[..], b"{}"].concat(),
    ] {
        let message = weights::from_bytes(&bytes).unwrap_err().to_string();
        let grown = peak_memory() - before;
        println!("{grown} KiB more at most; {message}");
        assert!(grown < 4 << 10, "{grown} KiB");
    }
}
