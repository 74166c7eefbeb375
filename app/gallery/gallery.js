"use strict";
// The page is complete without this; it adds the filter.
(function () {
  const department = document.getElementById("department");
  const same = document.getElementById("same");
  const count = document.getElementById("count");
  const products = Array.from(document.querySelectorAll(".product"));

  function apply() {
    let shown = 0;
    for (const product of products) {
      const here = department.value === "" || product.dataset.department === department.value;
      product.hidden = !here;
      document.getElementById("to-" + product.id).hidden = !here;
      if (here) shown++;
      let left = 0;
      for (const item of product.querySelectorAll(".alike > li")) {
        item.hidden = same.checked && item.dataset.department !== product.dataset.department;
        if (!item.hidden) left++;
      }
      product.querySelector(".none").hidden = left > 0;
    }
    count.textContent = shown === products.length ? shown + " products" : shown + " of " + products.length + " products";
  }

  // A link may lead to a product that the filter hides.
  function arrive() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) {
      department.value = "";
      apply();
      target.scrollIntoView();
    }
    if (target && target.matches(".product")) target.focus({ preventScroll: true });
  }

  document.getElementById("filter").hidden = false;
  department.addEventListener("change", apply);
  same.addEventListener("change", apply);
  addEventListener("hashchange", arrive);
  apply();
  arrive();
})();
