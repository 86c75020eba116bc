//! What each error says.

use testing::every_kind;

use super::*;
use crate::path::PathError;

#[test]
fn every_error_says_what_and_what_is_allowed() {
    let network = || NetworkError::Field {
        field: "latent.size",
        value: "0".into(),
        allowed: "must be at least 1".into(),
    };
    every_kind!(
        [ModelError::Network(_), ModelError::Weights(_), ModelError::Length { .. }, ModelError::NoPrior,],
        [
            (ModelError::Network(network()), "latent.size = 0: must be at least 1"),
            (
                ModelError::Weights(WeightsError::Format("it ends inside its header".into())),
                "not a whole safetensors file: it ends inside its header",
            ),
            (
                ModelError::Length { what: "images", values: 5, shape: "2 × 2 × 1".into(), each: 4 },
                "5 values are no whole number of images of 2 × 2 × 1 = 4 values",
            ),
            (
                ModelError::NoPrior,
                "latent.kind = deterministic: has no prior to generate from; train a recipe with latent.kind = \
                 \"gaussian\", or decode random codes and see that they give no images",
            ),
        ]
    );
}

#[test]
fn every_fault_of_weights() {
    use WeightsError::{Format, Header, Length, Metadata, Missing, NotFinite, Shape, Type, Unexpected};
    let tensor = || "encoder.1.kernel".to_owned();
    every_kind!(
        [
            Format(_),
            Header { .. },
            Metadata { .. },
            Missing { .. },
            Unexpected { .. },
            Shape { .. },
            Type { .. },
            NotFinite { .. },
            Length { .. },
        ],
        [
            (
                Format("it has fewer than 8 bytes".into()),
                "not a whole safetensors file: it has fewer than 8 bytes"
            ),
            (Header { bytes: 99, limit: 9 }, "the header has 99 bytes, more than the 9 allowed"),
            (
                Metadata { key: "schema", value: "7".into(), allowed: "this program reads schema 1".into() },
                "metadata schema = 7: this program reads schema 1",
            ),
            (
                Missing { tensor: tensor(), expected: vec![16, 5] },
                "tensor encoder.1.kernel: missing; expected shape [16, 5]",
            ),
            (
                Unexpected { tensor: tensor(), found: 11, expected: 10 },
                "tensor encoder.1.kernel: the network has none of this name; it has 10 tensors, the file 11",
            ),
            (
                Shape { tensor: tensor(), found: vec![5], expected: vec![16, 5] },
                "tensor encoder.1.kernel: has shape [5], expected [16, 5]",
            ),
            (
                Type { tensor: tensor(), found: "F16".into() },
                "tensor encoder.1.kernel: holds F16, expected F32"
            ),
            (
                NotFinite { tensor: tensor(), index: 3, value: f32::NAN },
                "tensor encoder.1.kernel: value 3 is NaN, expected finite numbers",
            ),
            (Length { found: 5, expected: 7 }, "5 parameters, but the network has 7"),
        ]
    );
}

#[test]
fn every_path_that_is_none() {
    every_kind!(
        [PathError::Dimensions { .. }, PathError::Zero, PathError::Opposite],
        [
            (
                PathError::Dimensions { from: 2, to: 3 },
                "codes of 2 and 3 values: both must have the same number",
            ),
            (PathError::Zero, "one of the codes is 0, which has no direction: the arc to it is not defined"),
            (PathError::Opposite, "the codes point in opposite directions: there is no one arc between them"),
        ]
    );
}
