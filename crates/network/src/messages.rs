//! What each error says.

use testing::every_kind;

use crate::{LayerError, NetworkError};

fn layer() -> LayerError {
    LayerError { field: "stride".into(), value: "0".into(), allowed: "must be at least 1".into() }
}

#[test]
fn every_error_names_field_value_and_what_is_allowed() {
    assert_eq!(layer().to_string(), "stride = 0: must be at least 1");
    let (value, allowed) = ("0".to_owned(), "must be at least 1".to_owned());
    every_kind!(
        [NetworkError::Layer { .. }, NetworkError::Field { .. }],
        [
            (
                NetworkError::Layer { part: "encoder", index: 2, kind: "conv2d", error: layer().into() },
                "encoder[2] (conv2d): stride = 0: must be at least 1",
            ),
            (
                NetworkError::Field { field: "latent.size", value, allowed },
                "latent.size = 0: must be at least 1",
            ),
        ]
    );
}
