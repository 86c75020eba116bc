//! Activation functions and their derivatives.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use network::Activation;

use crate::tape::{Tape, Var};

/// `activation` of each value.
pub fn activate(tape: &mut Tape, activation: Activation, x: Var) -> Var {
    match activation {
        Activation::Linear => x,
        _ => tape.map(x, |x| value(activation, x), move |x| slope(activation, x)),
    }
}

fn value(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Linear => x,
        Activation::Relu => {
            if x < 0.0 {
                0.0
            } else {
                x
            }
        } // NaN stays
        Activation::LeakyRelu { slope } => {
            if x > 0.0 {
                x
            } else {
                f64::from(slope) * x
            }
        }
        Activation::Elu { alpha } => {
            if x > 0.0 {
                x
            } else {
                f64::from(alpha) * x.exp_m1()
            }
        }
        Activation::Silu => x * sigmoid(x),
        Activation::Gelu => x * normal_distribution(x),
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => sigmoid(x),
        Activation::Softplus => softplus(x),
    }
}

fn slope(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Linear => 1.0,
        Activation::Relu => {
            if x > 0.0 {
                1.0
            } else {
                0.0
            }
        }
        Activation::LeakyRelu { slope } => {
            if x > 0.0 {
                1.0
            } else {
                f64::from(slope)
            }
        }
        Activation::Elu { alpha } => {
            if x > 0.0 {
                1.0
            } else {
                f64::from(alpha) * x.exp()
            }
        }
        Activation::Silu => sigmoid(x) + x * sigmoid_slope(x),
        Activation::Gelu => normal_distribution(x) + x * (-0.5 * x * x).exp() / TAU.sqrt(),
        Activation::Tanh => 1.0 - x.tanh().powi(2),
        Activation::Sigmoid => sigmoid_slope(x),
        Activation::Softplus => sigmoid(x),
    }
}

/// σ(x) = 1 / (1 + e⁻ˣ)
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// σ'(x) = σ(x) (1 − σ(x)), where 1 − σ(x) = σ(−x)
fn sigmoid_slope(x: f64) -> f64 {
    sigmoid(x) * sigmoid(-x)
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Φ(x)
fn normal_distribution(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}
