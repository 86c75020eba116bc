//! Numbers and names in a layer's configuration.

use network::{Activation, Padding, Pair};
use serde_json::Value;

use crate::error::ExchangeError;

/// The activation of a function's or a layer's configuration; `Err` of its name where there is none like it here.
pub fn activation(value: &Value) -> Result<Activation, String> {
    let name = match value {
        Value::Null => return Ok(Activation::Linear),
        Value::String(name) => name.as_str(),
        object => {
            let class = object["class_name"].as_str().unwrap_or_default();
            match (class, object["config"].as_str()) {
                ("function", Some(name)) => name,
                _ => return activation_layer(class, &object["config"]).ok_or_else(|| class.to_owned()),
            }
        }
    };
    Ok(match name {
        "linear" => Activation::Linear,
        "relu" => Activation::Relu,
        "leaky_relu" => Activation::LeakyRelu { slope: 0.2 },
        "elu" => Activation::Elu { alpha: 1.0 },
        "silu" | "swish" => Activation::Silu,
        "gelu" => Activation::Gelu,
        "tanh" => Activation::Tanh,
        "sigmoid" => Activation::Sigmoid,
        "softplus" => Activation::Softplus,
        other => return Err(other.to_owned()),
    })
}

/// The activation that is a layer of its own; `None` where there is none like it here.
pub fn activation_layer(class: &str, config: &Value) -> Option<Activation> {
    let number = |keys: [&str; 2], default: f64| {
        keys.iter().find_map(|key| config[*key].as_f64()).unwrap_or(default) as f32
    };
    match class {
        "LeakyReLU" | "LeakyRelu" => {
            Some(Activation::LeakyRelu { slope: number(["negative_slope", "alpha"], 0.3) })
        }
        "ELU" | "Elu" => Some(Activation::Elu { alpha: number(["alpha", "alpha"], 1.0) }).filter(is_sound),
        "ReLU" => {
            let is_plain = config["max_value"].is_null() && number(["threshold", "threshold"], 0.0) == 0.0;
            let slope = number(["negative_slope", "negative_slope"], 0.0);
            let activation = if slope == 0.0 { Activation::Relu } else { Activation::LeakyRelu { slope } };
            is_plain.then_some(activation)
        }
        "Relu" => Some(Activation::Relu),
        "Sigmoid" => Some(Activation::Sigmoid),
        "Tanh" => Some(Activation::Tanh),
        "Silu" => Some(Activation::Silu),
        "Softplus" => Some(Activation::Softplus),
        "Gelu" => config["approximate"]
            .as_bool()
            .is_none_or(|is_approximate| !is_approximate)
            .then_some(Activation::Gelu),
        "Activation" => activation(&config["activation"]).ok(),
        _ => None,
    }
}

fn is_sound(activation: &Activation) -> bool {
    matches!(activation, Activation::Elu { alpha } if *alpha > 0.0 && alpha.is_finite())
}

/// A layer's configuration, and what the layer is called in messages.
#[derive(Clone, Copy, Debug)]
pub struct Configuration<'a> {
    /// `layer "z_mean" (Dense)`
    pub name: &'a str,
    /// Its object.
    pub config: &'a Value,
}

impl Configuration<'_> {
    /// The error that `key` holds what there is none of here.
    pub fn refuse(&self, key: &str, allowed: &str) -> ExchangeError {
        let value = self.config[key].to_string();
        let value: String = value.chars().take(60).collect();
        ExchangeError::read(format!("{}: {key} = {value}: {allowed}", self.name))
    }

    /// A whole number.
    pub fn whole(&self, key: &str) -> Result<usize, ExchangeError> {
        let number = self.config[key].as_u64().and_then(|n| usize::try_from(n).ok());
        number.ok_or_else(|| self.refuse(key, "must be a whole number"))
    }

    /// A number.
    pub fn number(&self, key: &str) -> Result<f32, ExchangeError> {
        self.config[key].as_f64().map(|n| n as f32).ok_or_else(|| self.refuse(key, "must be a number"))
    }

    /// One number for both sides, or `[rows, columns]`.
    pub fn pair(&self, key: &str) -> Result<Pair, ExchangeError> {
        let whole = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        let value = &self.config[key];
        let pair = match value.as_array().map(Vec::as_slice) {
            Some([rows, columns]) => {
                whole(rows).zip(whole(columns)).map(|(rows, columns)| Pair { rows, columns })
            }
            _ => whole(value).map(Pair::square),
        };
        pair.ok_or_else(|| self.refuse(key, "must be one whole number or two"))
    }

    /// A pair that is 1 × 1 where it is left out.
    pub fn pair_or_one(&self, key: &str) -> Result<Pair, ExchangeError> {
        if self.config[key].is_null() { Ok(Pair::square(1)) } else { self.pair(key) }
    }

    /// A switch.
    pub fn flag(&self, key: &str, default: bool) -> bool {
        self.config[key].as_bool().unwrap_or(default)
    }

    /// `padding`.
    pub fn padding(&self) -> Result<Padding, ExchangeError> {
        match self.config["padding"].as_str() {
            Some("same") => Ok(Padding::Same),
            Some("valid") | None => Ok(Padding::Valid),
            _ => Err(self.refuse("padding", "here it is \"same\" or \"valid\"")),
        }
    }

    /// `activation`.
    pub fn activation(&self) -> Result<Activation, ExchangeError> {
        activation(&self.config["activation"]).map_err(|name| {
            let known: Vec<&str> = Activation::ALL.iter().map(|activation| activation.name()).collect();
            ExchangeError::read(format!(
                "{}: there is no activation {name:?} here; known are {}",
                self.name,
                known.join(", ")
            ))
        })
    }

    /// Refuses images whose channels do not come last.
    pub fn check_channels_last(&self) -> Result<(), ExchangeError> {
        match self.config["data_format"].as_str() {
            None | Some("channels_last") => Ok(()),
            _ => Err(self.refuse("data_format", "images here have their channels last")),
        }
    }

    /// Refuses what only some convolutions have.
    pub fn check_plain(&self) -> Result<(), ExchangeError> {
        self.check_channels_last()?;
        if self.pair_or_one("dilation_rate")? != Pair::square(1) {
            return Err(self.refuse("dilation_rate", "convolutions here have no gaps"));
        }
        if self.config["groups"].as_u64().unwrap_or(1) != 1 {
            return Err(self.refuse("groups", "convolutions here have one group"));
        }
        Ok(())
    }

    /// Refuses a normalisation over another axis than that of the channels of `rank` axes, the batch included.
    pub fn check_last_axis(&self, rank: usize) -> Result<(), ExchangeError> {
        let axis = match &self.config["axis"] {
            Value::Array(axes) if axes.len() == 1 => axes[0].as_i64(),
            axis => axis.as_i64(),
        };
        if axis.is_none_or(|axis| axis == -1 || usize::try_from(axis) == Ok(rank - 1))
            && self.config["axis"].as_array().is_none_or(|axes| axes.len() == 1)
        {
            return Ok(());
        }
        Err(self.refuse("axis", "here it is the last axis, that of the channels"))
    }
}
