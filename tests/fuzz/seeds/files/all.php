<html><?php $a = ['b' => <<<'T'
x
T, 'c' => "d{$e['f']}"]; setcookie("n", $v, ['secure' => false]); Foo::bar(x: 1); # ?> text <?= $a ?>
