//! Where generated images are compared with real ones, and codes measured: spaces of bounded size, named as what
//! they are.

use analysis::{FeatureSpace, Generation, Pca, Table, generation};

use crate::error::Error;
use crate::numbers::grouped;

/// The Fréchet distance decomposes a matrix of the smaller of images and features squared: up to so many it is that of
/// the features themselves.
const MOST: usize = 1_024;
/// Principal components that stand for larger ones.
const COMPONENTS: usize = 256;
/// Codes of more numbers than this are measured by …
pub const LONG_CODE: usize = 512;
/// … so many of their principal components.
pub const CODE_COMPONENTS: usize = 128;

/// Compares `generated` with `real` features, both `[count, columns]`; in their principal components where they are
/// too many for the features themselves.
pub fn compare(
    space: FeatureSpace,
    real: &[f32],
    generated: &[f32],
    columns: usize,
) -> Result<Generation, Error> {
    let (real, generated) = (Table::new(real, columns)?, Table::new(generated, columns)?);
    if columns.min(real.rows()).min(generated.rows()) <= MOST {
        return Ok(generation(space, real, generated)?);
    }
    let pca = Pca::fit(real, COMPONENTS)?;
    let name = format!(
        "the first {COMPONENTS} of {} principal components of the real images' {} ({:.1} % of their variance)",
        grouped(columns),
        space.name,
        100.0 * pca.explained().iter().sum::<f64>()
    );
    let (real, generated) = (pca.transform(real)?, pca.transform(generated)?);
    let table = |values| Table::new(values, COMPONENTS);
    Ok(generation(FeatureSpace { name, ..space }, table(&real)?, table(&generated)?)?)
}

/// `values` (rows of `columns` numbers) in the first `most` principal components of `fitted`, and in words what they
/// are; `None` where rows are no longer than that or too few.
pub fn shortened(
    fitted: &[f32],
    values: &[f32],
    columns: usize,
    most: usize,
) -> Result<Option<(Vec<f32>, usize, String)>, Error> {
    let components = most.min(fitted.len() / columns.max(1));
    if columns <= most || components == 0 || fitted.len() < 2 * columns {
        return Ok(None);
    }
    let pca = Pca::fit(Table::new(fitted, columns)?, components)?;
    let share = 100.0 * pca.explained().iter().sum::<f64>();
    let what = format!(
        "of the first {components} of {} principal components ({share:.1} % of the variance)",
        grouped(columns)
    );
    Ok(Some((pca.transform(Table::new(values, columns)?)?, components, what)))
}
