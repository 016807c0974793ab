//! The part of a release that the first picture does not need: a WebAssembly module of its own, which `web/boot.js` fetches.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Hands over what that module imports: the exports of this one. Says whether it has been fetched already.
    #[wasm_bindgen(js_namespace = labRest)]
    pub fn offer(exports: &JsValue) -> bool;

    /// Returns when that module can be called. `cargo xtask build` has each call into it do this first.
    #[wasm_bindgen(js_namespace = labRest)]
    pub fn need();
}
