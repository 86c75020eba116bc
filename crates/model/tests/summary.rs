//! Parameter counts are those that the reference systems print, and the table reads as Keras' does.

mod nets;

use model::Summary;

/// Encoder and decoder, and the layers that have parameters.
fn counts(network: &network::Network) -> (usize, usize, Vec<usize>) {
    let summary = Summary::new(network).unwrap();
    let part = |name| summary.part(name).unwrap().parameters;
    let layers = summary.parts.iter().flat_map(|part| &part.layers).map(|row| row.parameters);
    assert_eq!(summary.parameters, part("encoder") + part("decoder"));
    assert_eq!(summary.bytes, 4 * summary.parameters);
    assert_eq!(summary.parameters, network::parameter_views(network).unwrap().last().unwrap().range.end);
    (part("encoder"), part("decoder"), layers.filter(|count| *count > 0).collect())
}

#[test]
fn every_count_is_the_reference_s() {
    let totals = [
        ("A VAE", nets::a(), 31_364, 65_089),
        ("B VAE", nets::b(true), 100_868, 246_273),
        ("B AE", nets::b(false), 100_868 - 4_098, 246_273),
        ("C AE", nets::c_ae(), 208 + 3_216 + 7_850, 8_624 + 6_416 + 3_208 + 201),
        ("D AE", nets::d(false), 238_510, 239_284),
        ("D VAE", nets::d(true), 241_520, 239_284),
        ("D deep VAE", nets::d_deep(), 584_308, 339_649),
        ("E VAE", nets::e_vae(), 403_972, 403_728),
    ];
    for (name, network, encoder, decoder) in totals {
        let found = counts(&network);
        assert_eq!((found.0, found.1), (encoder, decoder), "{name}");
    }
    let wholes = [
        ("A", nets::a(), 96_453),
        ("C AE", nets::c_ae(), 29_723),
        ("E shallow", nets::e_shallow(), 50_992),
        ("E conv", nets::e_conv(), 4_385),
        ("E denoiser", nets::e_denoiser(), 28_353),
        ("E VAE", nets::e_vae(), 807_700),
    ];
    for (name, network, total) in wholes {
        assert_eq!(Summary::new(&network).unwrap().parameters, total, "{name}");
    }
}

#[test]
fn every_layer_s_count_is_the_reference_s() {
    let a = [320, 18_496, 6_274, 6_274, 9_408, 36_928, 18_464, 289];
    assert_eq!(counts(&nets::a()).2, a);
    let c = [208, 3_216, 7_850, 8_624, 6_416, 3_208, 201];
    assert_eq!(counts(&nets::c_ae()).2, c);
}

#[test]
fn the_table_is_aligned() {
    let expected = "\
encoder
  layer (type)                  output shape  parameters  connected to
  ───────────────────────────────────────────────────────────────────────────────────
  input (input)                 28 × 28 × 1            0  –
  encoder.0 (conv2d)            14 × 14 × 32         320  input
  encoder.1 (conv2d)            7 × 7 × 64        18,496  encoder.0
  encoder.2 (flatten)           3136                   0  encoder.1
  latent.mean (dense)           2                  6,274  encoder.2
  latent.log_var (dense)        2                  6,274  encoder.2
  z (sampling)                  2                      0  latent.mean, latent.log_var
  total                                           31,364  122.52 KB

decoder
  layer (type)                  output shape  parameters  connected to
  ───────────────────────────────────────────────────────────────────────────────────
  code (input)                  2                      0  z
  decoder.0 (dense)             3136               9,408  code
  decoder.1 (reshape)           7 × 7 × 64             0  decoder.0
  decoder.2 (conv2d_transpose)  14 × 14 × 64      36,928  decoder.1
  decoder.3 (conv2d_transpose)  28 × 28 × 32      18,464  decoder.2
  decoder.4 (conv2d_transpose)  28 × 28 × 1          289  decoder.3
  total                                           65,089  254.25 KB

whole
  encoder                                         31,364  122.52 KB
  decoder                                         65,089  254.25 KB
  total                                           96,453  376.77 KB

784 values to 2: compression 392.0×
";
    assert_eq!(Summary::new(&nets::a()).unwrap().to_string(), expected);
}

#[test]
fn a_learned_sigma_is_counted() {
    use network::{Loss, Reconstruction, Sigma};
    let mut network = nets::tiny(true);
    let plain = Summary::new(&network).unwrap().parameters;
    let sigma = Some(Sigma::Learned(0.5));
    network.objective.reconstruction = Reconstruction { loss: Loss::Gaussian, sigma, ..Default::default() };
    let summary = Summary::new(&network).unwrap();
    assert_eq!(summary.parameters, plain + 1);
    assert_eq!(summary.part("objective").unwrap().layers[0].name, "objective.log_sigma");
}

#[test]
fn json_names_what_the_table_shows() {
    let json = serde_json::to_value(Summary::new(&nets::a()).unwrap()).unwrap();
    assert_eq!(json["parameters"], 96_453);
    let row = &json["parts"][0]["layers"][1];
    let expected = serde_json::json!({
        "name": "encoder.0", "kind": "conv2d", "output": [14, 14, 32], "parameters": 320,
        "connected_to": ["input"],
    });
    assert_eq!(row, &expected);
}

#[test]
fn a_network_that_does_not_fit_is_refused() {
    let mut network = nets::a();
    network.decoder.truncate(2);
    let message = Summary::new(&network).unwrap_err().to_string();
    assert!(message.starts_with("decoder = 7 × 7 × 64: its output must hold the 784 values"), "{message}");
}
