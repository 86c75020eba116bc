//! Which of a file's tensors belong to which layer of a network.

use network::{Network, parameter_views};

use super::slots::{Kind, Section, Slot, slots};
use super::{Module, Program, StoredTensor};
use crate::assembly::dims;
use crate::error::ExchangeError;
use crate::parameters::{NamedTensor, permuted};

/// The parameters of `network`, each from the first of `modules` that suits its layer by shape and name, and that no layer
/// before it took.
pub fn fit(
    network: &Network,
    modules: Vec<Module>,
    notes: &mut Vec<String>,
) -> Result<Vec<f32>, ExchangeError> {
    let mut parameters = Vec::new();
    for view in parameter_views(network)? {
        view.first_values(0, |value| parameters.push(value as f32));
    }
    let slots = slots(network)?;
    let mut is_used = vec![false; modules.len()];
    let mut by_order = Vec::new();
    for slot in &slots {
        let suits = |(index, module): &(usize, &Module)| {
            !is_used[*index] && may_be_in(module, slot.section) && tensors_for(module, slot).is_some()
        };
        let candidates: Vec<usize> =
            modules.iter().enumerate().filter(suits).map(|(index, _)| index).collect();
        // A part of a layer, such as `encoder.1.gate`, from what is called like it.
        let part = slot.name.rsplit('.').next().filter(|part| part.parse::<usize>().is_err());
        let is_called = |index: &&usize| part.is_some_and(|part| modules[**index].path.contains(part));
        let Some(&chosen) = candidates.iter().find(is_called).or(candidates.first()) else {
            return Err(missing(slot, &modules, &is_used));
        };
        is_used[chosen] = true;
        let tensors = tensors_for(&modules[chosen], slot).unwrap_or_default();
        for ((_, _, range), values) in slot.tensors.iter().zip(tensors) {
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                let path = &modules[chosen].path;
                return Err(ExchangeError::read(format!("{path} holds {value}: the training had diverged")));
            }
            parameters[range.clone()].copy_from_slice(&values);
        }
        if candidates.len() > 1 {
            by_order.push(format!("{} from {}", slot.name, modules[chosen].path));
        }
    }
    if let Some(left) = modules.iter().zip(&is_used).find(|(_, is_used)| !**is_used).map(|(module, _)| module)
    {
        return Err(ExchangeError::read(format!(
            "{} ({}) belongs to no layer of the recipe's net: it is another net",
            left.path,
            shapes(left)
        )));
    }
    if !by_order.is_empty() {
        notes.push(format!("weights of one shape were given out in their order: {}", by_order.join(", ")));
    }
    Ok(parameters)
}

fn missing(slot: &Slot, modules: &[Module], is_used: &[bool]) -> ExchangeError {
    let wanted: Vec<String> =
        slot.tensors.iter().map(|(name, shape, _)| format!("{name} {}", dims(shape))).collect();
    let left: Vec<String> = modules
        .iter()
        .zip(is_used)
        .filter(|(_, is_used)| !**is_used)
        .map(|(module, _)| format!("{} ({})", module.path, shapes(module)))
        .collect();
    let left = match left.len() {
        0 => "nothing is left".to_owned(),
        n if n > 8 => format!("left are {}, …", left[..8].join(", ")),
        _ => format!("left are {}", left.join(", ")),
    };
    ExchangeError::read(format!(
        "no weights for {} of the recipe ({}); of the file {left}",
        slot.name,
        wanted.join(", ")
    ))
}

fn shapes(module: &Module) -> String {
    module
        .tensors
        .iter()
        .map(|tensor| format!("{} {}", tensor.name, dims(&tensor.shape)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The values of a slot's tensors in our layouts, if the module's are of its kind and shape.
fn tensors_for(module: &Module, slot: &Slot) -> Option<Vec<Vec<f32>>> {
    match module.program {
        Program::Keras => keras(module, slot),
        Program::Torch => torch(module, slot),
    }
}

fn keras(module: &Module, slot: &Slot) -> Option<Vec<Vec<f32>>> {
    let class = module.path.rsplit('/').next().unwrap_or_default();
    let is_transposed = class.starts_with("conv2d_transpose");
    let is_convolution = class.starts_with("conv2d") && !is_transposed;
    if slot.kind == Kind::Transposed && is_convolution || slot.kind == Kind::Product && is_transposed {
        return None;
    }
    let mut values = Vec::new();
    for (number, (name, shape, _)) in slot.tensors.iter().enumerate() {
        match module.tensors.iter().find(|tensor| tensor.name == number.to_string()) {
            Some(tensor) if is_shape(&tensor.shape, shape) => values.push(tensor.values.clone()),
            None if name == "bias" => values.push(vec![0.0; shape.iter().product()]),
            _ => return None,
        }
    }
    (module.tensors.len() <= slot.tensors.len()).then_some(values)
}

/// Whether a tensor has this shape; a dense layer of pixels is a convolution of 1 × 1 here.
fn is_shape(theirs: &[usize], shape: &[usize]) -> bool {
    theirs == shape || shape.strip_prefix(&[1, 1]) == Some(theirs)
}

fn torch(module: &Module, slot: &Slot) -> Option<Vec<Vec<f32>>> {
    let find = |name: &str| module.tensors.iter().find(|tensor| tensor.name == name);
    let mut taken = 0;
    let mut values = Vec::new();
    for (name, shape, _) in &slot.tensors {
        let theirs = match name.as_str() {
            "kernel" | "gamma" => "weight",
            "bias" | "beta" => "bias",
            "moving_mean" => "running_mean",
            _ => "running_var",
        };
        let tensor = match find(theirs) {
            Some(tensor) => tensor,
            None if name == "bias" => {
                values.push(vec![0.0; shape.iter().product()]);
                continue;
            }
            None => return None,
        };
        taken += 1;
        values.push(moved(tensor, shape)?);
    }
    (taken == module.tensors.len()).then_some(values)
}

/// A tensor of PyTorch in our layout, if it then has this shape.
fn moved(tensor: &StoredTensor, shape: &[usize]) -> Option<Vec<f32>> {
    let StoredTensor { shape: theirs, values, .. } = tensor;
    let named = NamedTensor { shape: theirs, values };
    match (shape, &theirs[..]) {
        // OIHW to HWIO, IOHW to HWOI.
        ([_, _, _, _], [_, _, _, _]) => {
            let (moved, values) = permuted(named, &[2, 3, 1, 0]);
            (moved == shape).then_some(values)
        }
        ([rows, columns], [o, i]) => ((rows, columns) == (i, o)).then(|| permuted(named, &[1, 0]).1),
        // A linear layer as a convolution of single pixels.
        ([1, 1, rows, columns], [o, i]) => ((rows, columns) == (i, o)).then(|| permuted(named, &[1, 0]).1),
        // Projections of attention: all heads at once.
        ([a, b, c], [o, i]) => {
            ((*i == *a && *o == b * c) || (*i == a * b && *o == *c)).then(|| permuted(named, &[1, 0]).1)
        }
        ([a, b], [n]) => (*n == a * b).then(|| values.clone()),
        ([a], [b]) => (a == b).then(|| values.clone()),
        _ => None,
    }
}

/// Whether a module's name lets it be in this part of a net; a name that says nothing does.
fn may_be_in(module: &Module, section: Section) -> bool {
    let name = format!("{} {}", module.path, module.name).to_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let begins = |with: &str| words().any(|word| word.starts_with(with));
    let is_variance = words().any(|word| ["var", "sigma", "std"].iter().any(|part| word.contains(part)));
    let is_mean = words().any(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        ["mu", "mean", "loc", "zmean", "fcmu"].contains(&letters)
    });
    match section {
        Section::Mean => !is_variance && !begins("dec"),
        Section::LogVar => !is_mean && !begins("dec"),
        Section::Encoder => !is_variance && !is_mean && !begins("dec"),
        Section::Decoder => !is_variance && !is_mean && !begins("enc"),
    }
}
