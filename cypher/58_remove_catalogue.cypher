// Forget what the catalogue says of these products.
// database: graph
// parameters: codes LIST<STRING>
// returns: what STRING, count INTEGER
// servers: >= 4.4
UNWIND $codes AS code
MATCH (p:Product {code: code})
REMOVE p.name, p.product_code, p.description, p.catalogue
WITH p
OPTIONAL MATCH (p)-[old:SUBSET_OF|FROM_DEPARTMENT|HAS_INDEX|HAS_GARMENT_GROUP|HAS_APPEARANCE_TYPE|HAS_COLOUR|HAS_COLOUR_VALUE|HAS_MASTER_COLOUR]->()
DELETE old
RETURN 'catalogue' AS what, count(DISTINCT p) AS count
