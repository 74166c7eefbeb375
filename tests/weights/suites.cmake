hm_check(weights safetensors)
hm_check(weights random)
hm_check(weights find)
