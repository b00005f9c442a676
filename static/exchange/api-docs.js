// Swagger UI over our own document. A script of ours, because the page's policy allows no inline one.
"use strict";

const place = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  validatorUrl: null, // never ask another host what it thinks of the document
  presets: [SwaggerUIBundle.presets.apis],
});
