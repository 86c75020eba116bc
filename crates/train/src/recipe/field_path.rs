//! Where a value stands in a recipe: `model.encoder[2].units`.

use std::fmt;

use toml::{Table, Value};

/// A dotted path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldPath(Vec<Segment>);

const MOST_SEGMENTS: usize = 16;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

impl FieldPath {
    /// Reads `training.epochs` or `model.encoder[0].units`; `None` if it is no such path, or one of more steps than
    /// any field is deep.
    pub fn parse(text: &str) -> Option<Self> {
        let mut segments = Vec::new();
        for part in text.split('.') {
            let (key, mut indices) = match part.find('[') {
                Some(at) => part.split_at(at),
                None => (part, ""),
            };
            let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if key.is_empty() || !key.chars().all(is_key) {
                return None;
            }
            segments.push(Segment::Key(key.to_owned()));
            while !indices.is_empty() {
                let (index, rest) = indices.strip_prefix('[')?.split_once(']')?;
                segments.push(Segment::Index(index.parse().ok()?));
                indices = rest;
            }
        }
        (segments.len() <= MOST_SEGMENTS).then_some(Self(segments))
    }

    /// This path, and one key further.
    pub fn join(&self, key: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Key(key.to_owned()));
        Self(segments)
    }

    /// This path, and one item of the list further.
    pub fn item(&self, index: usize) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Index(index));
        Self(segments)
    }

    /// The path without its last step; of the empty path itself.
    pub fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The last step, if it is a key.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The value of this path in `table`.
    pub fn value<'a>(&self, table: &'a Table) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        let Segment::Key(key) = first else { return None };
        rest.iter().try_fold(table.get(key)?, |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.get(*index),
        })
    }

    /// The table at this path in `table`, to change it.
    pub fn table_mut<'a>(&self, table: &'a mut Table) -> Option<&'a mut Table> {
        let Some((Segment::Key(first), rest)) = self.0.split_first() else { return Some(table) };
        let value = rest.iter().try_fold(table.get_mut(first)?, |value, segment| match segment {
            Segment::Key(key) => value.get_mut(key),
            Segment::Index(index) => value.get_mut(*index),
        })?;
        value.as_table_mut()
    }
}

impl From<&serde_path_to_error::Path> for FieldPath {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment as Found;
        let segment = |segment: &Found| match segment {
            Found::Seq { index } => Some(Segment::Index(*index)),
            Found::Map { key } => Some(Segment::Key(key.clone())),
            Found::Enum { .. } | Found::Unknown => None,
        };
        Self(path.iter().filter_map(segment).collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if i == 0 => write!(f, "{key}")?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
