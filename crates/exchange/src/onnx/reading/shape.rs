//! `Flatten`, `Reshape`, `Transpose`, `Squeeze`, `Unsqueeze`, and the arithmetic of sides that they take

use super::reader::{Operator, Reader, Side, Value};
use super::view::View;
use crate::error::ExchangeError;

/// `Flatten`
pub fn flatten(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let view = operator.data(0)?;
    if operator.int("axis", 1) != 1 {
        return Err(operator.refuse("joins images of a batch"));
    }
    to(operator, view, &[view.len()])
}

fn to(operator: &Operator<'_>, view: &View, sides: &[usize]) -> Result<Value, ExchangeError> {
    view.reshaped(sides).map(Value::Data).ok_or_else(|| {
        operator.refuse(&format!(
            "makes {sides:?} of {:?}, cutting axes in an order that no layer here has",
            view.sides()
        ))
    })
}

/// `Reshape`
pub fn reshape(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let sides = operator.sides(1)?.ok_or_else(|| operator.refuse("has no sides"))?;
    let view = match operator.input(0)? {
        Value::Data(view) => view,
        Value::Constant(array) => {
            let known = sides.iter().map(|side| match side {
                Side::Known(n) => usize::try_from(*n).ok(),
                Side::Batch => None,
            });
            let shape = known
                .collect::<Option<Vec<_>>>()
                .filter(|shape| shape.iter().product::<usize>() == array.values.len());
            let shape = shape.ok_or_else(|| operator.refuse("gives a constant sides that are not known"))?;
            return Ok(Value::Constant(super::array::Array { shape, values: array.values.clone() }));
        }
        Value::Sides(sides, _) => return Ok(Value::Sides(sides.clone(), true)),
        _ => return Err(operator.refuse("takes no value of each image")),
    };
    let (own, count) = (view.sides(), view.len());
    let Some((first, rest)) = sides.split_first() else {
        return Err(operator.refuse("joins images of a batch"));
    };
    let mut given: Vec<Option<usize>> = Vec::new();
    for (axis, side) in rest.iter().enumerate() {
        given.push(match side {
            Side::Known(0) => {
                Some(*own.get(axis).ok_or_else(|| operator.refuse("keeps an axis that is not there"))?)
            }
            Side::Known(-1) => None,
            Side::Known(n) => Some(usize::try_from(*n).map_err(|_| operator.refuse("has a side below 0"))?),
            Side::Batch => return Err(operator.refuse("moves the axis of the batch")),
        });
    }
    // A batch of a size that the file fixed, or left to be found.
    let product = given
        .iter()
        .flatten()
        .try_fold(1usize, |product, n| product.checked_mul(*n))
        .filter(|product| *product > 0);
    let product = product.ok_or_else(|| operator.refuse("has a side of 0"))?;
    match given.iter().filter(|side| side.is_none()).count() {
        0 => {}
        1 if count.is_multiple_of(product) => {
            given.iter_mut().filter(|side| side.is_none()).for_each(|side| *side = Some(count / product));
        }
        _ => return Err(operator.refuse(&format!("makes {rest:?} of {own:?}"))),
    }
    let given: Vec<usize> = given.into_iter().flatten().collect();
    let is_batch = matches!(first, Side::Batch | Side::Known(-1..=1));
    if !is_batch || given.iter().product::<usize>() != count {
        return Err(operator.refuse(&format!("makes {sides:?} of {own:?}, not image by image")));
    }
    to(operator, view, &given)
}

/// `Transpose`
pub fn transpose(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let order: Vec<i64> =
        operator.attribute("perm").map(|attribute| attribute.ints.clone()).unwrap_or_default();
    match operator.input(0)? {
        Value::Constant(array) => {
            let order: Option<Vec<usize>> = order.iter().map(|n| usize::try_from(*n).ok()).collect();
            let order = order
                .filter(|order| !order.is_empty())
                .unwrap_or_else(|| (0..array.shape.len()).rev().collect());
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if !sorted.iter().copied().eq(0..array.shape.len()) {
                return Err(operator.refuse("has an order of axes that is none"));
            }
            let shape = order.iter().map(|axis| array.shape[*axis]).collect();
            Ok(Value::Constant(super::array::Array { shape, values: array.permuted(&order) }))
        }
        Value::Data(view) => {
            let (first, rest) =
                order.split_first().ok_or_else(|| operator.refuse("moves the axis of the batch"))?;
            let rest: Option<Vec<usize>> = rest.iter().map(|n| usize::try_from(*n - 1).ok()).collect();
            let mut sorted = rest.clone().unwrap_or_default();
            sorted.sort_unstable();
            let is_order = *first == 0 && sorted.iter().copied().eq(0..view.axes.len());
            let moved = rest.filter(|_| is_order).and_then(|rest| view.transposed(&rest));
            moved.map(Value::Data).ok_or_else(|| operator.refuse("moves the axis of the batch"))
        }
        _ => Err(operator.refuse("takes no value of each image")),
    }
}

/// `Squeeze` and `Unsqueeze`: of values of each image, and of whole numbers.
pub fn squeeze(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let is_squeeze = operator.node.op_type == "Squeeze";
    let axes = operator.ints_of(1, "axes")?;
    match operator.input(0)? {
        Value::Sides(sides, _) => Ok(Value::Sides(sides.clone(), !is_squeeze)),
        Value::Data(view) => {
            let mut sides = view.sides();
            let rank =
                (sides.len() + if is_squeeze { 1 } else { 1 + axes.as_ref().map_or(0, Vec::len) }) as i64;
            let mut places: Vec<usize> = Vec::new();
            for axis in axes.unwrap_or_default() {
                let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
                let place =
                    usize::try_from(axis.saturating_sub(1)).ok().filter(|place| (*place as i64) < rank - 1);
                places.push(
                    place
                        .filter(|_| axis > 0)
                        .ok_or_else(|| operator.refuse("moves the axis of the batch"))?,
                );
            }
            places.sort_unstable();
            if is_squeeze {
                for place in places.iter().rev() {
                    if sides.get(*place) != Some(&1) {
                        return Err(operator.refuse("takes away an axis that has more than one place"));
                    }
                    sides.remove(*place);
                }
            } else {
                for place in places {
                    if place > sides.len() {
                        return Err(operator.refuse("adds an axis behind the last"));
                    }
                    sides.insert(place, 1);
                }
            }
            to(operator, view, &sides)
        }
        _ => Err(operator.refuse("takes a constant")),
    }
}

/// `Shape`
pub fn shape(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let known = |n: usize| Side::Known(i64::try_from(n).unwrap_or(i64::MAX));
    let mut sides = vec![Side::Batch];
    sides.extend(operator.data(0)?.sides().into_iter().map(known));
    let place = |name: &str, default: i64| {
        let at = operator.int(name, default);
        let at = if at < 0 { at.saturating_add(sides.len() as i64) } else { at };
        usize::try_from(at).unwrap_or(0).min(sides.len())
    };
    let (start, end) = (place("start", 0), place("end", sides.len() as i64));
    Ok(Value::Sides(sides.get(start..end).unwrap_or_default().to_vec(), true))
}

/// `Gather` of whole numbers.
pub fn gather(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let (Value::Sides(sides, _), Value::Sides(places, has_axis)) = (operator.input(0)?, operator.input(1)?)
    else {
        return Err(operator.refuse("takes values out of others"));
    };
    let pick = |place: &Side| match place {
        Side::Known(n) => {
            let n = if *n < 0 { n.saturating_add(sides.len() as i64) } else { *n };
            usize::try_from(n).ok().and_then(|n| sides.get(n).copied())
        }
        Side::Batch => None,
    };
    let picked = places.iter().map(pick).collect::<Option<Vec<_>>>();
    picked
        .map(|picked| Value::Sides(picked, *has_axis))
        .ok_or_else(|| operator.refuse("takes sides that are not there"))
}

/// `Slice` of whole numbers.
pub fn slice(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    let Value::Sides(sides, _) = operator.input(0)? else {
        return Err(operator.refuse("takes a part of an image"));
    };
    let place = |index: usize, name: &str| -> Result<usize, ExchangeError> {
        let at = operator.ints_of(index, name)?.and_then(|ints| ints.first().copied()).unwrap_or(0);
        let at = if at < 0 { at.saturating_add(sides.len() as i64) } else { at };
        Ok(usize::try_from(at).unwrap_or(0).min(sides.len()))
    };
    let (start, end) = (place(1, "starts")?, place(2, "ends")?);
    Ok(Value::Sides(sides.get(start..end).unwrap_or_default().to_vec(), true))
}

/// `Mod` of whole numbers.
pub fn remainder(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    match (operator.input(0)?, operator.input(1)?) {
        (Value::Sides(a, axis), Value::Sides(b, _)) if a.len() == b.len() => {
            let sides = a.iter().zip(b).map(|sides| match sides {
                (Side::Known(a), Side::Known(b)) => a.checked_rem_euclid(*b).map(Side::Known),
                _ => None,
            });
            let sides = sides.collect::<Option<Vec<_>>>();
            sides
                .map(|sides| Value::Sides(sides, *axis))
                .ok_or_else(|| operator.refuse("computes sides that are not known"))
        }
        _ => Err(operator.refuse("takes the remainder of values")),
    }
}

/// What passes its first input on.
pub fn pass(_: &mut Reader, operator: &Operator<'_>) -> Result<Value, ExchangeError> {
    operator.input(0).cloned()
}
