hm_check(weights safetensors)
hm_check(weights random)
hm_check(weights find)
hm_cli_test(weights convert)
