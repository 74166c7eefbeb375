// The embedding of one product.
// database: products
// parameters: model STRING, code STRING
// returns: embedding LIST<FLOAT>
// servers: >= 4.4
MATCH (p:Product {code: $code})
WHERE p.embedding_model = $model
RETURN p.embedding AS embedding
