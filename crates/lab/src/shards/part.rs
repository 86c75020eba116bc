//! The file of a part: safetensors, whose metadata say what it is a part of.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use run::atomic_write;
use safetensors::SafeTensors;
use serde_json::{Map, Value, json};

use super::PartIdentity;
use crate::error::Error;
use crate::lab::Lab;
use crate::shard::Shard;
use crate::tensors::Tensor;

/// The one key of the file's metadata; several would be written in random order.
const KEY: &str = "latentlab";
const SCHEMA: u64 = 1;

/// What one shard came to.
#[derive(Clone, Debug)]
pub struct Part {
    identity: PartIdentity,
    shard: Shard,
    rows: Range<usize>,
    numbers: BTreeMap<String, Tensor>,
    /// What must be the same in all parts, besides; and how, in words.
    facts: BTreeMap<String, String>,
    /// The arithmetic that made it.
    kernels: String,
}

impl Part {
    /// That of `rows`, without numbers; `kernels` names the arithmetic that makes these.
    pub fn new(identity: PartIdentity, shard: Shard, rows: Range<usize>, kernels: String) -> Self {
        Self { identity, shard, rows, numbers: BTreeMap::new(), facts: BTreeMap::new(), kernels }
    }

    /// Its rows among those of the whole.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Rows of the whole.
    pub fn total(&self) -> usize {
        self.identity.total()
    }

    /// Adds numbers in single precision.
    pub fn add_singles(&mut self, name: &str, values: &[f32]) {
        self.numbers.insert(name.to_owned(), Tensor::singles(values));
    }

    /// Adds numbers in double precision.
    pub fn add_doubles(&mut self, name: &str, values: &[f64]) {
        self.numbers.insert(name.to_owned(), Tensor::doubles(values));
    }

    /// Adds what must be the same in all parts.
    pub fn add_fact(&mut self, name: &str, value: String) {
        self.facts.insert(name.to_owned(), value);
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let header = json!({
            "schema": SCHEMA, "of": self.identity.to_json(), "shard": self.shard.to_string(),
            "rows": [self.rows.start, self.rows.end], "kernels": self.kernels, "facts": self.facts,
        });
        let metadata = HashMap::from([(KEY.to_owned(), header.to_string())]);
        let bytes = safetensors::serialize(self.numbers.iter(), Some(metadata))
            .map_err(|error| Error::fault(format!("{}: {error}", path.display())))?;
        Ok(atomic_write(path, &bytes)?)
    }

    fn read(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::refused(format!("{}: there is no such part", path.display()))
            }
            _ => Error::fault(format!("{}: cannot read: {error}", path.display())),
        })?;
        parse(&bytes).ok_or_else(|| {
            Error::refused(format!(
                "{}: is no whole part as --shard of this version writes it",
                path.display()
            ))
        })
    }
}

fn parse(bytes: &[u8]) -> Option<Part> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let header: Value = serde_json::from_str(metadata.metadata().as_ref()?.get(KEY)?).ok()?;
    if header["schema"] != SCHEMA {
        return None;
    }
    let row = |at: usize| header["rows"][at].as_u64().and_then(|row| usize::try_from(row).ok());
    let fact = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    let facts: &Map<String, Value> = header["facts"].as_object()?;
    let mut part = Part {
        identity: PartIdentity::from_json(&header["of"])?,
        shard: header["shard"].as_str()?.parse().ok()?,
        rows: row(0)?..row(1)?,
        numbers: BTreeMap::new(),
        facts: facts.iter().map(fact).collect::<Option<_>>()?,
        kernels: header["kernels"].as_str()?.to_owned(),
    };
    let is_range = part.rows.start < part.rows.end && part.rows.end <= part.total();
    for (name, tensor) in SafeTensors::deserialize(bytes).ok()?.tensors() {
        part.numbers.insert(name, Tensor::of(&tensor)?);
    }
    is_range.then_some(part)
}

/// All parts of one whole, in the order of their rows.
#[derive(Debug)]
pub struct JoinedParts(Vec<(PathBuf, Part)>);

impl JoinedParts {
    /// Reads `files`, which must be all the shards of what `wanted` says; parts of several kinds of arithmetic are warned of.
    ///
    /// # Errors
    /// If one cannot be read, is of something else, is there twice, or one is missing; each says what differs.
    pub fn read(files: &[PathBuf], wanted: &PartIdentity, lab: &Lab) -> Result<Self, Error> {
        let mut parts = Vec::with_capacity(files.len());
        for file in files {
            let part = Part::read(file)?;
            if let Some(difference) = part.identity.difference(wanted) {
                let refusal = Error::refused(format!("{}: {difference}", file.display()));
                return Err(refusal.hint(format!(
                    "--merge takes the run and the options that `latentlab {} --shard` was given",
                    wanted.verb()
                )));
            }
            parts.push((file.clone(), part));
        }
        parts.sort_by_key(|(_, part)| part.shard);
        let joined = Self(parts);
        joined.check_shards()?;
        joined.check_alike()?;
        let mut kernels: Vec<&str> = joined.0.iter().map(|(_, part)| part.kernels.as_str()).collect();
        kernels.sort_unstable();
        kernels.dedup();
        if kernels.len() > 1 {
            let kernels = kernels.join(" and ");
            lab.warn(format_args!("the parts were made with {kernels} kernels, whose last digits differ"));
        }
        Ok(joined)
    }

    /// Refuses shards of several divisions, missing ones, and ones that are there twice.
    fn check_shards(&self) -> Result<(), Error> {
        let Some((first_file, first)) = self.0.first() else {
            return Err(Error::refused("--merge: no parts"));
        };
        let of = first.shard.count();
        if let Some((file, other)) = self.0.iter().find(|(_, part)| part.shard.count() != of) {
            return Err(Error::refused(format!(
                "{} is shard {} and {} is shard {}: they are of different divisions",
                first_file.display(),
                first.shard,
                file.display(),
                other.shard
            )));
        }
        for pair in self.0.windows(2) {
            if let [(file, part), (other, twin)] = pair
                && part.shard == twin.shard
            {
                let (file, other, shard) = (file.display(), other.display(), part.shard);
                return Err(Error::refused(format!("{file} and {other} are both shard {shard}: name one")));
            }
        }
        let is_there = |index: &usize| self.0.iter().any(|(_, part)| part.shard.index() == *index);
        let missing: Vec<usize> = (1..=of).filter(|index| !is_there(index)).collect();
        if let Some(first) = missing.first() {
            const LISTED: usize = 8;
            let listed: Vec<String> =
                missing.iter().take(LISTED).map(|index| format!("{index}/{of}")).collect();
            let more = if missing.len() > LISTED { ", …" } else { "" };
            let refusal = Error::refused(format!(
                "--merge: {} of {of} shards missing: {}{more}",
                missing.len(),
                listed.join(", ")
            ));
            return Err(refusal
                .hint(format!("`--shard {first}/{of}`, with the same options, makes the first of them")));
        }
        let mut end = 0;
        for (file, part) in &self.0 {
            if part.rows.start != end {
                return Err(damaged(file));
            }
            end = part.rows.end;
        }
        match self.0.last() {
            Some((file, _)) if end != first.total() => Err(damaged(file)),
            _ => Ok(()),
        }
    }

    /// Refuses parts that hold other numbers than the first, or were made of something else.
    fn check_alike(&self) -> Result<(), Error> {
        let [(first_file, first), others @ ..] = self.0.as_slice() else { return Ok(()) };
        for (file, part) in others {
            let both = || format!("{} and {}", first_file.display(), file.display());
            if let Some(name) = part
                .numbers
                .keys()
                .chain(first.numbers.keys())
                .find(|name| part.numbers.contains_key(*name) != first.numbers.contains_key(*name))
            {
                return Err(Error::refused(format!("{}: only one of them has {name}", both())));
            }
            for (name, fact) in &first.facts {
                let other = part.facts.get(name).ok_or_else(|| damaged(file))?;
                if other != fact {
                    return Err(Error::refused(format!("{} differ in {name}: {fact}, and {other}", both())));
                }
            }
        }
        Ok(())
    }

    /// Whether the parts have numbers of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().all(|(_, part)| part.numbers.contains_key(name))
    }

    /// What the parts have in common under this name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.0.first()?.1.facts.get(name).map(String::as_str)
    }

    /// The numbers of all parts under `name`, in the order of their rows; `count` says how many belong to so many rows.
    ///
    /// # Errors
    /// If a part has not as many.
    pub fn singles(&self, name: &str, count: impl Fn(usize) -> usize) -> Result<Vec<f32>, Error> {
        self.numbers(name, count, Tensor::as_singles)
    }

    /// The same in double precision.
    ///
    /// # Errors
    /// If a part has not as many.
    pub fn doubles(&self, name: &str, count: impl Fn(usize) -> usize) -> Result<Vec<f64>, Error> {
        self.numbers(name, count, Tensor::as_doubles)
    }

    fn numbers<T>(
        &self,
        name: &str,
        count: impl Fn(usize) -> usize,
        read: impl Fn(&Tensor) -> Option<Vec<T>>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for (file, part) in &self.0 {
            let values = part.numbers.get(name).and_then(&read);
            let values = values.filter(|values| values.len() == count(part.rows.len()));
            all.extend(values.ok_or_else(|| damaged(file))?);
        }
        Ok(all)
    }
}

fn damaged(file: &Path) -> Error {
    Error::refused(format!("{}: its numbers are not those of its rows: the part is damaged", file.display()))
}
