//! `cargo xtask serve`: the page on this machine, rebuilt whenever a file changes.

use crate::run::{command, run};
use crate::tools;
use anyhow::{Context, Result};
use std::env;
use std::net::{Ipv4Addr, TcpListener};

/// What the command line says.
pub struct Options {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The small, fast build of the release instead of the one that builds quickly.
    pub release: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            port: 8080,
            release: false,
        }
    }
}

/// Serves until it is interrupted.
pub fn serve(options: &Options) -> Result<()> {
    let port = options.port;
    // Said now and not after minutes of building.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} cannot be had: choose another with --port"))?;
    tools::page()?;
    println!(
        "The page is built now (the first time: a minute or two), then it is at http://127.0.0.1:{port}/"
    );
    let mut trunk = command("trunk", ["serve", "--address", "127.0.0.1", "--port"]);
    trunk.arg(port.to_string());
    // Beside the release in dist/, not over it.
    trunk.args(["--dist", "target/serve"]);
    if options.release {
        tools::wasm_opt()?;
        trunk.arg("--release");
    }
    if has_display() {
        trunk.arg("--open");
    }
    run(trunk)
}

/// Whether a browser could open a window here.
fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
