//! What a first visit downloads: `index.html` and the scripts, styles and WebAssembly that it names.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A file of the first visit, or their sum.
pub struct Download {
    name: String,
    raw: usize,
    /// Its size with brotli at its best, as a good server sends it.
    pub brotli: usize,
}

/// The files of the first visit, the page itself first. `dist` is flat but for folders that are fetched later.
pub fn first_load(dist: &Path) -> Result<Vec<Download>> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let mut names = vec!["index.html".to_owned()];
    for entry in fs::read_dir(dist)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let kind = Path::new(&name).extension().and_then(|kind| kind.to_str());
        if matches!(kind, Some("js" | "css" | "wasm")) && html.contains(&name) {
            names.push(name);
        }
    }
    names[1..].sort();
    let measure = |name: String| {
        let bytes = fs::read(dist.join(&name))?;
        Ok(Download {
            brotli: brotli_size(&bytes)?,
            raw: bytes.len(),
            name,
        })
    };
    names.into_iter().map(measure).collect()
}

/// Their sum.
pub fn total(files: &[Download]) -> Download {
    Download {
        name: "total".to_owned(),
        raw: files.iter().map(|file| file.raw).sum(),
        brotli: files.iter().map(|file| file.brotli).sum(),
    }
}

/// A line each, and their sum.
pub fn table(files: &[Download]) -> String {
    let mut text = format!("{:<40} {:>10} {:>10}\n", "first visit", "raw", "brotli");
    for file in files.iter().chain([&total(files)]) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<40} {:>10} {:>10}",
            file.name, file.raw, file.brotli
        );
    }
    text
}

fn brotli_size(bytes: &[u8]) -> Result<usize> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed.len())
}
