//! Activation functions.

use serde::{Deserialize, Serialize};

/// An element-wise function after a layer.
///
/// In a recipe a name (`"relu"`), or a table where there is a parameter
/// (`{ name = "leaky_relu", slope = 0.3 }`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ActivationForm", into = "ActivationForm")]
pub enum Activation {
    /// x
    #[default]
    Linear,
    /// max(x, 0)
    Relu,
    /// x for x > 0, else slope · x (Maas et al. 2013)
    LeakyRelu {
        /// Slope left of 0; Keras' default is 0.3.
        slope: f32,
    },
    /// x for x > 0, else α (eˣ − 1) (Clevert et al. 2016)
    Elu {
        /// The limit on the left is −α.
        alpha: f32,
    },
    /// x · σ(x) (Ramachandran et al. 2017)
    Silu,
    /// x · Φ(x) with the exact normal distribution function (Hendrycks & Gimpel 2016)
    Gelu,
    /// tanh x
    Tanh,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// ln(1 + eˣ)
    Softplus,
}

impl Activation {
    /// One of each, with default parameters; documentation, tests and error messages iterate over it.
    pub const ALL: [Activation; 9] = [
        Activation::Linear,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.3 },
        Activation::Elu { alpha: 1.0 },
        Activation::Silu,
        Activation::Gelu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softplus,
    ];

    /// The name used in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Linear => "linear",
            Activation::Relu => "relu",
            Activation::LeakyRelu { .. } => "leaky_relu",
            Activation::Elu { .. } => "elu",
            Activation::Silu => "silu",
            Activation::Gelu => "gelu",
            Activation::Tanh => "tanh",
            Activation::Sigmoid => "sigmoid",
            Activation::Softplus => "softplus",
        }
    }

    /// Whether it is [`Activation::Linear`].
    pub fn is_linear(&self) -> bool {
        *self == Activation::Linear
    }

    /// The slope left of 0 where the function is piecewise linear with slope 1 on the right.
    #[inline]
    pub fn leak(self) -> Option<f64> {
        match self {
            Activation::Linear => Some(1.0),
            Activation::Relu => Some(0.0),
            Activation::LeakyRelu { slope } => Some(f64::from(slope)),
            _ => None,
        }
    }

    /// Whether the derivative needs the argument; for the others the value suffices.
    #[inline]
    pub fn keeps_argument(self) -> bool {
        match self {
            Activation::Silu | Activation::Gelu => true,
            // A negative or zero slope loses the sign of the argument.
            Activation::LeakyRelu { slope } => slope < 0.0,
            _ => false,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a name such as \"relu\", or a table such as { name = \"leaky_relu\", slope = 0.3 }"
)]
enum ActivationForm {
    Name(String),
    Table(ActivationTable),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivationTable {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    slope: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f32>,
}

impl TryFrom<ActivationForm> for Activation {
    type Error = String;

    fn try_from(form: ActivationForm) -> Result<Self, String> {
        let (name, slope, alpha) = match form {
            ActivationForm::Name(name) => (name, None, None),
            ActivationForm::Table(table) => (table.name, table.slope, table.alpha),
        };
        let known = Activation::ALL.into_iter().find(|a| a.name() == name).ok_or_else(|| {
            let names: Vec<_> = Activation::ALL.iter().map(|a| a.name()).collect();
            format!("activation \"{name}\": unknown; allowed: {}", names.join(", "))
        })?;
        for (field, value) in [("slope", slope), ("alpha", alpha)] {
            if value.is_some_and(|v| !v.is_finite()) {
                return Err(format!("activation {name}: {field} must be a finite number"));
            }
        }
        match (known, slope, alpha) {
            (Activation::LeakyRelu { .. }, Some(slope), None) => Ok(Activation::LeakyRelu { slope }),
            (Activation::Elu { .. }, None, Some(alpha)) if alpha > 0.0 => Ok(Activation::Elu { alpha }),
            (Activation::Elu { .. }, None, Some(alpha)) => {
                Err(format!("activation elu: alpha = {alpha}: must be greater than 0"))
            }
            (known, None, None) => Ok(known),
            _ => Err(format!("activation {name}: only leaky_relu takes `slope` and only elu takes `alpha`")),
        }
    }
}

impl From<Activation> for ActivationForm {
    fn from(activation: Activation) -> Self {
        let name = activation.name().to_owned();
        match activation {
            Activation::LeakyRelu { slope } => {
                ActivationForm::Table(ActivationTable { name, slope: Some(slope), alpha: None })
            }
            Activation::Elu { alpha } => {
                ActivationForm::Table(ActivationTable { name, slope: None, alpha: Some(alpha) })
            }
            _ => ActivationForm::Name(name),
        }
    }
}
