//! Puts the page into the document's body.

use web::rest;

fn main() {
    if rest::offer(&wasm_bindgen::exports()) {
        rest::need();
    }
    yew::Renderer::<web::App>::new().render();
}
