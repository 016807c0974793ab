//! Large screens are enlarged by the style sheet: the window's pixels, in which pointers and boxes are told, are smaller
//! then than those that elements are laid out in.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};

/// How many of the window's pixels one of an element's is.
pub fn of(element: &Element) -> f64 {
    let width = element.dyn_ref().map_or(0, HtmlElement::offset_width);
    let zoom = element.get_bounding_client_rect().width() / f64::from(width);
    if zoom.is_normal() { zoom } else { 1.0 }
}

/// Where a pointer is within an element, in the element's pixels.
pub fn place(event: &MouseEvent, element: &Element) -> (f64, f64) {
    let (zoom, corner) = (of(element), element.get_bounding_client_rect());
    (
        (f64::from(event.client_x()) - corner.left()) / zoom,
        (f64::from(event.client_y()) - corner.top()) / zoom,
    )
}
