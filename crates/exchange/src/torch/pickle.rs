//! The part of the pickle format that state dicts of PyTorch are written in. It is read, not run: the only things that can come
//! of it are plain values, and descriptions of tensors. Anything else that a pickle asks for is refused by its name.

use crate::error::ExchangeError;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// A class or a function, by its name.
    Global(String),
    /// Where a tensor's values lie: its type, and the name of the entry.
    Storage {
        kind: String,
        key: String,
    },
    /// A tensor: where its values lie, the first of them, shape and strides.
    Tensor(TensorPlace),
}

/// Where a tensor's values lie.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorPlace {
    /// `FloatStorage`
    pub kind: String,
    /// The entry of the archive.
    pub key: String,
    /// The first value.
    pub offset: usize,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Values from one to the next along each axis.
    pub strides: Vec<usize>,
}

/// Values on the stack, in the memo, and in all that they hold.
const MOST_VALUES: usize = 1 << 20;
/// Lists in lists in lists, …
const DEEPEST: usize = 64;

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: std::collections::HashMap<u32, Value>,
    /// Values that were copied out of the memo.
    copied: usize,
}

/// The value that a pickle holds.
///
/// # Errors
/// If it is damaged, or asks for anything but plain values and tensors.
pub fn unpickle(bytes: &[u8]) -> Result<Value, ExchangeError> {
    let memo = std::collections::HashMap::new();
    let mut machine = Machine { bytes, at: 0, stack: Vec::new(), marks: Vec::new(), memo, copied: 0 };
    while !machine.step()? {}
    machine.stack.pop().ok_or_else(damaged)
}

fn damaged() -> ExchangeError {
    ExchangeError::read("its pickle is damaged")
}

/// Values inside a value, and how deep they go.
fn extent(value: &Value) -> (usize, usize) {
    let inside = |values: &mut dyn Iterator<Item = &Value>| {
        let (count, depth) =
            values.map(extent).fold((0, 0), |(n, d), (count, depth)| (n + count, d.max(depth)));
        (count + 1, depth + 1)
    };
    match value {
        Value::List(list) | Value::Tuple(list) => inside(&mut list.iter()),
        Value::Dict(entries) => inside(&mut entries.iter().flat_map(|(key, value)| [key, value])),
        _ => (1, 1),
    }
}

impl Machine<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], ExchangeError> {
        let end = self.at.checked_add(count).ok_or_else(damaged)?;
        let taken = self.bytes.get(self.at..end).ok_or_else(damaged)?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, ExchangeError> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn size(&mut self, bytes: usize) -> Result<usize, ExchangeError> {
        usize::try_from(self.number(bytes)?).map_err(|_| damaged())
    }

    fn text(&mut self, bytes: usize) -> Result<String, ExchangeError> {
        let size = self.size(bytes)?;
        String::from_utf8(self.take(size)?.to_vec()).map_err(|_| damaged())
    }

    fn line(&mut self) -> Result<String, ExchangeError> {
        let rest = self.bytes.get(self.at..).ok_or_else(damaged)?;
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
        let line = String::from_utf8(rest[..end].to_vec()).map_err(|_| damaged())?;
        self.at += end + 1;
        Ok(line)
    }

    fn push(&mut self, value: Value) -> Result<(), ExchangeError> {
        if self.stack.len() >= MOST_VALUES {
            return Err(damaged());
        }
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, ExchangeError> {
        if self.marks.last().is_some_and(|mark| *mark >= self.stack.len()) {
            return Err(damaged());
        }
        self.stack.pop().ok_or_else(damaged)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, ExchangeError> {
        let mark = self.marks.pop().ok_or_else(damaged)?;
        if mark > self.stack.len() {
            return Err(damaged());
        }
        Ok(self.stack.split_off(mark))
    }

    fn memorise(&mut self, place: u32) -> Result<(), ExchangeError> {
        let value = self.stack.last().ok_or_else(damaged)?.clone();
        self.count(&value)?;
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<(), ExchangeError> {
        let value = self.memo.get(&place).ok_or_else(damaged)?.clone();
        self.count(&value)?;
        self.push(value)
    }

    /// Bounds what copies of copies take.
    fn count(&mut self, value: &Value) -> Result<(), ExchangeError> {
        let (count, depth) = extent(value);
        self.copied = self.copied.saturating_add(count);
        if depth > DEEPEST || self.copied > MOST_VALUES {
            return Err(ExchangeError::read("its pickle holds more values than a model has"));
        }
        Ok(())
    }

    /// One step; whether it was the last.
    fn step(&mut self) -> Result<bool, ExchangeError> {
        let code = self.take(1)?[0];
        match code {
            b'.' => return Ok(true),
            0x80 => drop(self.take(1)?), // the version
            0x95 => drop(self.take(8)?), // a frame
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'N' => self.push(Value::None)?,
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'J' => {
                let number = self.number(4)? as u32;
                self.push(Value::Int(i64::from(number.cast_signed())))?;
            }
            b'K' => {
                let number = self.number(1)?;
                self.push(Value::Int(number.cast_signed()))?;
            }
            b'M' => {
                let number = self.number(2)?;
                self.push(Value::Int(number.cast_signed()))?;
            }
            0x8a => self.long()?,
            b'G' => {
                let bytes: [u8; 8] = self.take(8)?.try_into().map_err(|_| damaged())?;
                self.push(Value::Float(f64::from_be_bytes(bytes)))?;
            }
            b'X' => self.put_text(4)?,
            0x8c => self.put_text(1)?,
            0x8d => self.put_text(8)?,
            b']' => self.push(Value::List(Vec::new()))?,
            b'}' => self.push(Value::Dict(Vec::new()))?,
            b')' => self.push(Value::Tuple(Vec::new()))?,
            b't' => {
                let values = self.pop_to_mark()?;
                self.tuple(values)?;
            }
            0x85..=0x87 => {
                let mut values = Vec::new();
                for _ in 0..code - 0x84 {
                    values.push(self.pop()?);
                }
                values.reverse();
                self.tuple(values)?;
            }
            b'q' => {
                let place = self.number(1)? as u32;
                self.memorise(place)?;
            }
            b'r' => {
                let place = self.number(4)? as u32;
                self.memorise(place)?;
            }
            0x94 => self.memorise(self.memo.len() as u32)?,
            b'h' => {
                let place = self.number(1)? as u32;
                self.recall(place)?;
            }
            b'j' => {
                let place = self.number(4)? as u32;
                self.recall(place)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global(format!("{module}.{name}")))?;
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => {
                    self.push(Value::Global(format!("{module}.{name}")))?
                }
                _ => return Err(damaged()),
            },
            b'Q' => {
                let id = self.pop()?;
                self.push(storage(&id)?)?;
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let value = call(&function, arguments)?;
                self.push(value)?;
            }
            0x81 => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                let value = call(&class, arguments)?;
                self.push(value)?;
            }
            b'b' => drop(self.pop()?), // the attributes of an ordered dictionary: versions of modules
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.entries(vec![key, value])?;
            }
            b'u' => {
                let values = self.pop_to_mark()?;
                self.entries(values)?;
            }
            b'a' => {
                let value = self.pop()?;
                self.append(vec![value])?;
            }
            b'e' => {
                let values = self.pop_to_mark()?;
                self.append(values)?;
            }
            other => {
                return Err(ExchangeError::read(format!(
                    "its pickle asks for an operation ({other:#04x}) that no state dict needs; it is not run"
                )));
            }
        }
        Ok(false)
    }

    fn put_text(&mut self, bytes: usize) -> Result<(), ExchangeError> {
        let text = self.text(bytes)?;
        self.push(Value::Text(text))
    }

    fn long(&mut self) -> Result<(), ExchangeError> {
        let size = self.size(1)?;
        let bytes = self.take(size)?;
        if bytes.len() > 8 {
            return Err(damaged());
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let start = if negative { -1i64 } else { 0 };
        let number = bytes.iter().rev().fold(start, |number, byte| number << 8 | i64::from(*byte));
        self.push(Value::Int(number))
    }

    fn tuple(&mut self, values: Vec<Value>) -> Result<(), ExchangeError> {
        let value = Value::Tuple(values);
        if extent(&value).1 > DEEPEST {
            return Err(damaged());
        }
        self.push(value)
    }

    fn entries(&mut self, values: Vec<Value>) -> Result<(), ExchangeError> {
        let deep = values.iter().any(|value| extent(value).1 >= DEEPEST);
        match self.stack.last_mut() {
            Some(Value::Dict(entries)) if !deep && values.len().is_multiple_of(2) => {
                let mut values = values.into_iter();
                while let (Some(key), Some(value)) = (values.next(), values.next()) {
                    entries.push((key, value));
                }
                Ok(())
            }
            _ => Err(damaged()),
        }
    }

    fn append(&mut self, values: Vec<Value>) -> Result<(), ExchangeError> {
        let deep = values.iter().any(|value| extent(value).1 >= DEEPEST);
        match self.stack.last_mut() {
            Some(Value::List(list)) if !deep => {
                list.extend(values);
                Ok(())
            }
            _ => Err(damaged()),
        }
    }
}

/// `("storage", FloatStorage, "0", "cpu", 784)`
fn storage(id: &Value) -> Result<Value, ExchangeError> {
    match id {
        Value::Tuple(parts) => match &parts[..] {
            [Value::Text(what), Value::Global(kind), Value::Text(key), ..] if what == "storage" => {
                let kind = kind.rsplit('.').next().unwrap_or_default().to_owned();
                Ok(Value::Storage { kind, key: key.clone() })
            }
            _ => Err(damaged()),
        },
        _ => Err(damaged()),
    }
}

/// What comes of a call of one of the few functions that state dicts are made with.
fn call(function: &Value, arguments: Value) -> Result<Value, ExchangeError> {
    let (Value::Global(name), Value::Tuple(mut arguments)) = (function, arguments) else {
        return Err(damaged());
    };
    match name.as_str() {
        "collections.OrderedDict" => Ok(Value::Dict(Vec::new())),
        "torch._utils._rebuild_parameter" if !arguments.is_empty() => Ok(arguments.swap_remove(0)),
        "torch._utils._rebuild_tensor_v2" => match &arguments[..] {
            [
                Value::Storage { kind, key },
                Value::Int(offset),
                Value::Tuple(shape),
                Value::Tuple(strides),
                ..,
            ] => {
                let sizes = |values: &[Value]| {
                    let size = |value: &Value| match value {
                        Value::Int(n) => usize::try_from(*n).ok(),
                        _ => None,
                    };
                    values.iter().map(size).collect::<Option<Vec<_>>>().ok_or_else(damaged)
                };
                let offset = usize::try_from(*offset).map_err(|_| damaged())?;
                let (shape, strides) = (sizes(shape)?, sizes(strides)?);
                if shape.len() != strides.len() {
                    return Err(damaged());
                }
                Ok(Value::Tensor(TensorPlace {
                    kind: kind.clone(),
                    key: key.clone(),
                    offset,
                    shape,
                    strides,
                }))
            }
            _ => Err(damaged()),
        },
        other => Err(ExchangeError::read(format!(
            "holds an object of {other}, whose code would have to be run: save the state dict alone, with \
             torch.save(model.state_dict(), \"model.pt\")"
        ))),
    }
}
