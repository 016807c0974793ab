//! The programs that the commands need, at versions that work together, and how each is installed when it is missing.
//!
//! Cargo's and npm's go to `.tools` in the checkout, so that no tool of the user changes; the browser comes from the
//! system's package manager. `wasm-bindgen` has to be the very version of the library in `Cargo.lock`.

use crate::run::{command, find, output, root, run, tools_dir};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::PathBuf;
use std::process::Command;

/// A program that cargo installs.
struct CargoTool {
    package: &'static str,
    /// What `PROGRAM --version` is asked of.
    program: &'static str,
    version: &'static str,
    /// Any version that is there will do.
    any: bool,
    /// Built with the versions of its own lock file.
    locked: bool,
    /// How long it takes to build on two cores.
    minutes: u32,
}

const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    any: false,
    locked: true,
    minutes: 5,
};
const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: "0.2.130",
    any: false,
    // Its lock file names a version that crates.io has withdrawn.
    locked: false,
    minutes: 2,
};
const WASM_PACK: CargoTool = CargoTool {
    package: "wasm-pack",
    program: "wasm-pack",
    version: "0.15.1",
    any: true,
    locked: true,
    minutes: 2,
};
const NEXTEST: CargoTool = CargoTool {
    package: "cargo-nextest",
    program: "cargo-nextest",
    version: "0.9.143",
    any: true,
    locked: true,
    minutes: 5,
};
/// The npm package of wasm-opt; Debian's is too old.
const BINARYEN: &str = "132";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What the page is built with.
pub fn page() -> Result<()> {
    wasm_target()?;
    cargo_tool(&WASM_BINDGEN)?;
    cargo_tool(&TRUNK)
}

/// What its release is made small with.
pub fn wasm_opt() -> Result<()> {
    let version = output(command("wasm-opt", ["--version"])).unwrap_or_default();
    if version.split_whitespace().nth(2) == Some(BINARYEN) {
        return Ok(());
    }
    if find("npm").is_none() {
        println!(
            "wasm-opt: no npm here, so trunk fetches it from GitHub (install Node.js where it cannot)"
        );
        return Ok(());
    }
    println!("Installing wasm-opt {BINARYEN} through npm (seconds)");
    let mut npm = command("npm", ["install", "--no-audit", "--no-fund", "--prefix"]);
    npm.arg(tools_dir()).arg(format!("binaryen@{BINARYEN}.0.0"));
    run(npm)
}

/// What compiles a crate to wasm and runs it in Node.
pub fn node_wasm() -> Result<()> {
    wasm_target()?;
    cargo_tool(&WASM_BINDGEN)?;
    wasm_opt()?;
    for program in ["node", "wasm-opt"] {
        if find(program).is_none() {
            bail!("{program} is missing: install Node.js and npm (Debian's packages: nodejs npm)");
        }
    }
    Ok(())
}

/// The runner of native tests.
pub fn nextest() -> Result<()> {
    cargo_tool(&NEXTEST)
}

/// The runner of tests in the browser, and that browser's driver, whose path it returns.
pub fn wasm_tests() -> Result<PathBuf> {
    wasm_target()?;
    cargo_tool(&WASM_BINDGEN)?;
    cargo_tool(&WASM_PACK)?;
    chromium()?;
    from_system(&CHROMEDRIVER)
}

/// Rust's own companions.
pub fn component(subcommand: &str, component: &str) -> Result<()> {
    if output(command("cargo", [subcommand, "--version"])).is_some() {
        return Ok(());
    }
    println!("Installing {component}");
    run(command("rustup", ["component", "add", component]))
}

/// The target of the page, which rustup adds.
pub fn wasm_target() -> Result<()> {
    let folder = output(command(
        "rustc",
        ["--print", "target-libdir", "--target", WASM_TARGET],
    ));
    if folder.is_some_and(|folder| PathBuf::from(folder.trim()).is_dir()) {
        return Ok(());
    }
    println!("Installing Rust's target {WASM_TARGET} (under a minute)");
    run(command("rustup", ["target", "add", WASM_TARGET]))
        .context("where Rust does not come from rustup, install its standard library for wasm32")
}

/// The source of Rust's own library, which rustup adds.
pub fn rust_src() -> Result<()> {
    let sysroot = output(command("rustc", ["--print", "sysroot"])).unwrap_or_default();
    let manifest = "lib/rustlib/src/rust/library/Cargo.toml";
    if PathBuf::from(sysroot.trim()).join(manifest).is_file() {
        return Ok(());
    }
    println!("Installing the source of Rust's library (under a minute)");
    run(command("rustup", ["component", "add", "rust-src"]))
        .context("the source of Rust's library cannot be had")
}

/// The npm packages of the journeys, at the versions of their lock file.
pub fn journey_packages() -> Result<()> {
    from_system(&NPM)?;
    let folder = root().join("tests/browser");
    let age = |file: &str| folder.join(file).metadata().and_then(|m| m.modified()).ok();
    let installed = age("node_modules/.package-lock.json");
    if installed.is_some() && installed >= age("package-lock.json") {
        return Ok(());
    }
    println!("Installing the npm packages of tests/browser (seconds)");
    let mut npm = command("npm", ["ci", "--no-audit", "--no-fund"]);
    npm.current_dir(folder);
    run(npm)
}

fn cargo_tool(tool: &CargoTool) -> Result<()> {
    let CargoTool {
        package, version, ..
    } = *tool;
    // "trunk 0.21.14", "cargo-nextest 0.9.143 (60fa45f63 2026-08-04)"
    let there = output(command(tool.program, ["--version"]));
    let there = there.as_deref().and_then(|t| t.split_whitespace().nth(1));
    if there.is_some_and(|v| tool.any || v == version) {
        return Ok(());
    }
    if output(command("cargo", ["binstall", "-V"])).is_some() {
        println!("Installing {package} {version} through cargo binstall (seconds)");
        // Where there is nothing to download it would build, for speed: that takes longer than ours below.
        let downloads = ["--disable-telemetry", "--disable-strategies", "compile"];
        let mut binstall = command("cargo", ["binstall", "--no-confirm", "--root"]);
        binstall
            .arg(tools_dir())
            .args(downloads)
            .arg(format!("{package}@{version}"));
        if run(binstall).is_ok() {
            return Ok(());
        }
    }
    println!(
        "Building {package} {version} with cargo install: about {} minutes, once",
        tool.minutes
    );
    let mut install = command("cargo", ["install", package, "--version", version]);
    install.arg("--root").arg(tools_dir());
    if tool.locked {
        install.arg("--locked");
    }
    // The tools share what they have in common, and are built for a short wait and not for speed.
    install
        .env("CARGO_TARGET_DIR", root().join("target/tools"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    run(install)
}

/// A program that the system's package manager installs.
struct SystemTool {
    /// The environment variable that names it.
    variable: &'static str,
    programs: &'static [&'static str],
    /// Where it stands when it is not on the PATH.
    elsewhere: &'static [&'static str],
    debian: &'static [&'static str],
}

const CHROMIUM: SystemTool = SystemTool {
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    elsewhere: &["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"],
    debian: &["chromium"],
};
const CHROMEDRIVER: SystemTool = SystemTool {
    variable: "CHROMEDRIVER",
    programs: &["chromedriver"],
    elsewhere: &["/usr/lib/chromium/chromedriver"],
    debian: &["chromium-driver"],
};
const NPM: SystemTool = SystemTool {
    variable: "NPM",
    programs: &["npm"],
    elsewhere: &[],
    debian: &["nodejs", "npm"],
};

/// The path of Chromium.
pub fn chromium() -> Result<PathBuf> {
    from_system(&CHROMIUM)
}

/// The path of Chromium where it and Node.js are there already.
pub fn browser_at_hand() -> Option<PathBuf> {
    look(&NPM)?;
    look(&CHROMIUM)
}

fn look(tool: &SystemTool) -> Option<PathBuf> {
    let named = env::var_os(tool.variable).map(PathBuf::from);
    let on_path = || tool.programs.iter().find_map(|program| find(program));
    let elsewhere = || {
        let mut paths = tool.elsewhere.iter().map(PathBuf::from);
        paths.find(|path| path.is_file())
    };
    named.or_else(on_path).or_else(elsewhere)
}

fn from_system(tool: &SystemTool) -> Result<PathBuf> {
    if let Some(path) = look(tool) {
        return Ok(path);
    }
    let packages = tool.debian.join(" ");
    if let Some(mut apt) = apt_get() {
        println!("Installing {packages} through apt-get (a minute or two)");
        run(apt("update"))?;
        let mut install = apt("install");
        install.args(["--yes", "--no-install-recommends"]);
        install.args(tool.debian);
        run(install)?;
    }
    look(tool).with_context(|| {
        format!(
            "{} is missing: install it (Debian's packages: {packages}), or name it in the variable {}",
            tool.programs[0], tool.variable
        )
    })
}

/// apt-get as root, or through a sudo that asks nothing.
fn apt_get() -> Option<impl FnMut(&str) -> Command> {
    find("apt-get")?;
    let root = output(command("id", ["-u"]))?.trim() == "0";
    let sudo = output(command("sudo", ["-n", "true"])).is_some();
    (root || sudo).then_some(move |verb: &str| {
        let mut apt = if root {
            command("apt-get", [verb])
        } else {
            command("sudo", ["-n", "apt-get", verb])
        };
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    })
}

/// gcc, which records what the C suite prints.
pub fn gcc() -> Result<()> {
    if find("gcc").is_none() {
        bail!("gcc is missing: install it (Debian's package: gcc libc6-dev)");
    }
    Ok(())
}
