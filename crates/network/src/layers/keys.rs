//! Keys that several layers have.

use crate::key::Fallback::{self, Required, Value};
use crate::key::Key;
use crate::values::Bound::{With, Without};
use crate::values::Values::{self, Choice, Number, Other, Whole};
use crate::values::{Bound, LARGEST};

/// A number, or one for rows and one for columns.
pub(super) const PAIR: Values =
    Other { kind: "whole number or [rows, columns]", range: "at least 1", refused: &["0", "[1, 0]", "1.5"] };
const WINDOW: Values = Other {
    kind: "whole number or [rows, columns]",
    range: "1 to 1024",
    refused: &["0", "[1, 0]", "1025", "1.5"],
};
const ACTIVATION: Values = Other {
    kind: "text or table",
    range: "\"linear\", \"relu\", \"leaky_relu\", \"elu\", \"silu\", \"gelu\", \"tanh\", \"sigmoid\", \"softplus\"; \
            { name = \"leaky_relu\", slope = 0.3 }, { name = \"elu\", alpha = 1.0 }",
    refused: &["\"zzz\"", "{ name = \"elu\", alpha = 0.0 }", "{ name = \"relu\", slope = 0.3 }"],
};
const LINEAR: Fallback = Value("\"linear\"");
pub(super) const AT_LEAST_ONE: Values = Whole(1, LARGEST);
const BELOW_ONE: Values = Number(With(0.0), Without(1.0));

pub(super) const UNITS: Key = Key::new("units", AT_LEAST_ONE, Required, "128", "Outputs.");
pub(super) const FILTERS: Key = Key::new("filters", AT_LEAST_ONE, Required, "32", "Output channels.");
pub(super) const KERNEL: Key = Key::new("kernel", WINDOW, Required, "3", "Rows and columns of the kernel.");
pub(super) const STRIDE: Key = Key::new("stride", PAIR, Value("1"), "2", "Step of the kernel.");
pub(super) const WINDOW_SIZE: Key = Key::new("size", PAIR, Required, "2", "Rows and columns of the window.");
pub(super) const WINDOW_STRIDE: Key =
    Key::new("stride", PAIR, Fallback::Words("`size`"), "[1, 2]", "Step of the window.");
pub(super) const PADDING: Key = Key::new(
    "padding",
    Choice(&["valid", "same"]),
    Value("\"valid\""),
    "\"same\"",
    "Whole windows only, or zeros at the border.",
);
/// Of a layer with a kernel.
pub(super) const PRODUCT_ACTIVATION: Key =
    Key::new("activation", ACTIVATION, LINEAR, "\"relu\"", "Function after the product.");
pub(super) const NORM_ACTIVATION: Key =
    Key::new("activation", ACTIVATION, LINEAR, "\"silu\"", "Function after the normalisation.");
pub(super) const SUM_ACTIVATION: Key =
    Key::new("activation", ACTIVATION, LINEAR, "\"relu\"", "Function of the sum.");
pub(super) const VALUE_ACTIVATION: Key =
    Key::new("activation", ACTIVATION, LINEAR, "\"tanh\"", "Function of the values, not of the gates.");
pub(super) const ACTIVATION_ALONE: Key =
    Key::new("activation", ACTIVATION, Required, "\"relu\"", "Function of each value.");
pub(super) const INITIALIZER: Key = Key::new(
    "initializer",
    Choice(&["glorot_uniform", "glorot_normal", "he_uniform", "he_normal"]),
    Value("\"glorot_uniform\""),
    "\"he_normal\"",
    "How the kernel starts; biases start at 0.",
);
pub(super) const EPSILON: Key =
    Key::new("epsilon", Number(Without(0.0), Bound::Open), Value("0.001"), "1e-5", "Added to the variance.");
pub(super) const MOMENTUM: Key = Key::new(
    "momentum",
    BELOW_ONE,
    Value("0.99"),
    "0.9",
    "Part of the running averages that a step keeps; evaluation uses these averages.",
);
pub(super) const RATE: Key =
    Key::new("rate", BELOW_ONE, Required, "0.25", "Part of the values that a step leaves out.");
pub(super) const CONVOLUTION_PADDING: Key = Key::new(
    "padding",
    Choice(&["valid", "same", "reflect"]),
    Value("\"valid\""),
    "\"same\"",
    "Whole windows only, zeros at the border, or the image's reflection there.",
);
