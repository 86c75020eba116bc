//! Draws every figure's example as PNG and SVG into a folder, to look at after a change:
//! `cargo run -p latentlab-report --example gallery -- FOLDER`

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder to draw into")?);
    std::fs::create_dir_all(&folder)?;
    for kind in report::FIGURES {
        let figure = (kind.example)()?;
        std::fs::write(folder.join(kind.stem).with_extension("png"), figure.png(2.0)?)?;
        std::fs::write(folder.join(kind.stem).with_extension("svg"), figure.svg())?;
    }
    Ok(())
}
