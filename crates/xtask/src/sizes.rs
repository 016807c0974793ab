//! What a visitor downloads: what the first picture needs, and what is fetched later.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The release's files.
pub struct Sizes {
    /// `index.html` and what it names.
    first: Vec<Download>,
    /// The other scripts, styles and modules.
    later: Vec<Download>,
}

struct Download {
    name: String,
    raw: usize,
    /// Its size with brotli at its best, as a good server sends it.
    brotli: usize,
}

impl Sizes {
    /// Measures `dist`, which is flat.
    pub fn of(dist: &Path) -> Result<Sizes> {
        let page = dist.join("index.html");
        let html = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
        let (mut first, mut later) = (vec![measure(dist, "index.html")?], Vec::new());
        let mut names = Vec::new();
        for entry in fs::read_dir(dist)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        for name in names {
            let kind = Path::new(&name).extension().and_then(|kind| kind.to_str());
            if matches!(kind, Some("js" | "css" | "wasm")) {
                let waits = name.ends_with("_rest.wasm") || !html.contains(&name);
                let files = if waits { &mut later } else { &mut first };
                files.push(measure(dist, &name)?);
            }
        }
        Ok(Sizes { first, later })
    }

    /// What the first picture needs, in bytes after brotli.
    pub fn first(&self) -> usize {
        brotli(&self.first)
    }

    /// All that there is, in bytes after brotli.
    pub fn all(&self) -> usize {
        self.first() + brotli(&self.later)
    }

    /// A line each, with sums.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (title, files) in [
            ("for the first picture", &self.first),
            ("fetched later", &self.later),
        ] {
            let raw = files.iter().map(|file| file.raw).sum();
            line(&mut text, title, "raw", "brotli");
            for file in files {
                line(&mut text, &file.name, file.raw, file.brotli);
            }
            line::<usize>(&mut text, "together", raw, brotli(files));
        }
        text
    }
}

fn line<T: std::fmt::Display>(text: &mut String, name: &str, raw: T, brotli: T) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name:<40} {raw:>10} {brotli:>10}");
}

fn measure(dist: &Path, name: &str) -> Result<Download> {
    let bytes = fs::read(dist.join(name))?;
    Ok(Download {
        name: name.to_owned(),
        raw: bytes.len(),
        brotli: brotli_size(&bytes)?,
    })
}

fn brotli(files: &[Download]) -> usize {
    files.iter().map(|file| file.brotli).sum()
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
