//! What the user says of a table.

/// Which column or array holds the classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelSource {
    /// The one with a usual name (`label`, `target`, `y`, `class`, `species`, …), where there is one.
    #[default]
    Usual,
    /// None; one with a usual name is no coordinate either.
    Nothing,
    /// The column or array of this name, or the column of this number, counted from 1.
    Named(String),
    /// The column or array of this name where there is one, else the one with a usual name.
    NamedOrUsual(String),
}

/// What the user says of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Where the classes are.
    pub label: LabelSource,
    /// The array of an `.npz` file that holds the rows; `None` for the one with a usual name.
    pub array: Option<String>,
}
